"""What the two locks cost, and how fast organizations are opened and migrated."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import world
from benchmarks.report import Report, alternate

NAMES = ("tenancy.provision", "tenancy.noop_migrate", "tenancy.locks", "tenancy.catalogue")
MANY = 300
PROVISION_S = 1.5
NOOP_S = 6.0
LOCKS_SHARE = 1.15
LIST_ROWS = 50
REQUESTS = 40
ROOT = Path(__file__).resolve().parents[1]


def run(report: Report) -> None:
    if report.wants("tenancy.locks"):
        _locks(report)
    if any(report.wants(name) for name in NAMES if name != "tenancy.locks"):
        seconds, bytes_each = _open_many(MANY)
        _provision(report, seconds)
        _noop_migrate(report)
        _catalogue(report, bytes_each)


def _open_many(count: int) -> tuple[list[float], float]:
    """Open organizations one after the other; seconds of each, and catalogue bytes of each."""
    from aviation.tenants.services import open_organization

    before, seconds = _catalogue_bytes(), []
    for number in range(count):
        began = time.perf_counter()
        open_organization(slug=f"many-{uuid.uuid4().hex[:12]}", name=f"Organization {number}")
        seconds.append(time.perf_counter() - began)
    return seconds, (_catalogue_bytes() - before) / count


def _provision(report: Report, seconds: list[float]) -> None:
    slowest, median = max(seconds[1:]), statistics.median(seconds)
    report.add(
        name="tenancy.provision",
        value=median,
        unit="s",
        against=f"the limit of {PROVISION_S} s; slowest of {len(seconds) - 1}: {slowest:.2f} s",
        ratio=median / PROVISION_S,
        goal=f"at most {PROVISION_S} s for a new organization",
        holds=slowest <= PROVISION_S,
    )


def _noop_migrate(report: Report) -> None:
    """A whole process, interpreter and all, that finds nothing to do."""
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]

    def migrate() -> None:
        subprocess.run(command, cwd=ROOT, check=True)

    (median_s,) = alternate(migrate)
    report.add(
        name="tenancy.noop_migrate",
        value=median_s,
        unit="s",
        against=f"the limit of {NOOP_S:.0f} s; {_count()} organizations, whole process",
        ratio=median_s / NOOP_S,
        goal=f"at most {NOOP_S:.0f} s at {MANY} organizations",
        holds=median_s <= NOOP_S and _count() >= MANY,
    )


def _catalogue(report: Report, bytes_each: float) -> None:
    relations = _one(
        "SELECT count(*) FROM pg_class WHERE relnamespace = %s::regnamespace",
        [world.organization().schema_name],
    )
    report.add(
        name="tenancy.catalogue",
        value=relations,
        unit="relations",
        against=f"nothing; {bytes_each / 1_024:,.0f} kB of system catalogue an organization",
        ratio=None,
        goal="stated, no goal",
        holds=True,
    )


def _locks(report: Report) -> None:
    """The API's list of 50 flights, bound and policed, against the same work without either."""
    with_locks, without = _list_with_locks(), _list_without_locks()
    locked_s, bare_s = alternate(with_locks, without, rounds=9)
    report.add(
        name="tenancy.locks",
        value=1_000 * locked_s / REQUESTS,
        unit="ms",
        against=f"the same list without binding and policies, {1_000 * bare_s / REQUESTS:.2f} ms",
        ratio=locked_s / bare_s,
        goal="at most 15 % more",
        holds=locked_s / bare_s <= LOCKS_SHARE,
    )


def _list_with_locks() -> Callable[[], None]:
    from aviation.tenants.context import tenant_context

    _make_flights()

    def work() -> None:
        for _ in range(REQUESTS):
            with tenant_context(world.organization()):
                _read_list("default")

    return work


def _list_without_locks() -> Callable[[], None]:
    """Django's own backend, a role the policies do not hold, one search path for ever."""
    from django.db import connections

    from config import env

    url = urlsplit(os.environ["DBX_TEST_ADMIN_URL"])._replace(path=f"/{world.DATABASE}")
    os.environ["DATABASE_URL"], kept = url.geturl(), os.environ["DATABASE_URL"]
    bare = env.database("DATABASE_URL")
    os.environ["DATABASE_URL"] = kept
    schema = world.organization().schema_name
    bare |= {
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": {"options": f"-c search_path={schema},public"},
    }
    connections.databases["bare"] = connections.databases["default"] | bare

    def work() -> None:
        for _ in range(REQUESTS):
            _read_list("bare")

    return work


def _read_list(alias: str) -> None:
    from django.db import transaction

    from aviation.flights.models import FlightSession
    from aviation.flights.serializers import FlightSerializer

    with transaction.atomic(using=alias):
        flights = FlightSession.objects.using(alias).select_related("aircraft", "pilot__user")
        rows: Any = FlightSerializer(flights.newest_first()[:LIST_ROWS], many=True).data
        if len(rows) != LIST_ROWS:
            raise RuntimeError(f"{len(rows)} rows instead of {LIST_ROWS}")


def _make_flights() -> None:
    from django.db import transaction

    from aviation.flights.models import FlightSession
    from aviation.tenants.context import tenant_context

    aircraft, start = world.aircraft(), datetime(2026, 6, 1, 8, tzinfo=UTC)
    with tenant_context(world.organization()), transaction.atomic():
        FlightSession.objects.bulk_create(
            FlightSession(aircraft=aircraft, started_at=start + timedelta(hours=number))
            for number in range(2 * LIST_ROWS)
        )


def _count() -> int:
    from django.db import transaction

    from aviation.tenants.context import platform_context
    from aviation.tenants.models import Organization

    with platform_context(), transaction.atomic():
        return Organization.objects.count()


def _catalogue_bytes() -> int:
    return _one(
        "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class"
        " WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'",
        [],
    )


def _one(query: str, parameters: list[Any]) -> int:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(query, parameters)
        return int(cursor.fetchone()[0])
