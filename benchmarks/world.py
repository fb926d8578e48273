"""The database, the organization and the logs the benchmarks work on."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import django

if TYPE_CHECKING:
    from accounts.models import Membership
    from aviation.fleet.models import Aircraft
    from aviation.tenants.models import Organization

DATABASE = "dbx_bench"


def prepare() -> None:
    """Make roles and database on the servers of this run, and migrate."""
    from embedded.bootstrap import bootstrap

    names = ("DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_READER_URL")
    urls = {name: urlsplit(os.environ[name]) for name in names}
    passwords = {unquote(u.username or ""): unquote(u.password or "") for u in urls.values()}
    bootstrap(os.environ["DBX_TEST_ADMIN_URL"], DATABASE, passwords)
    for name, url in urls.items():
        os.environ[name] = url._replace(path=f"/{DATABASE}").geturl()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


@cache
def organization() -> Organization:
    """One organization for the whole run."""
    from aviation.tenants.services import open_organization

    return open_organization(slug=f"bench-{uuid.uuid4().hex[:8]}", name="Bench")


@cache
def manager() -> Membership:
    from accounts.services import add_member

    email = f"manager@{organization().slug}.example.org"
    return add_member(
        organization=organization(), email=email, role="manager", password=uuid.uuid4().hex
    )


@cache
def aircraft() -> Aircraft:
    from django.db import transaction

    from aviation.fleet.models import Aircraft
    from aviation.tenants.context import tenant_context

    with tenant_context(organization()), transaction.atomic():
        return Aircraft.objects.create(registration="BENCH-1", aircraft_type="multirotor")


@cache
def four_megabyte_log() -> Path:
    """The 4 MB PX4 sample where the real logs are at hand, else a simulated flight of that size."""
    folder = os.environ.get("DBX_SAMPLE_LOGS", "")
    sample = Path(folder) / "px4" / "sample.ulg"
    return sample if folder and sample.is_file() else simulated_flight()


@cache
def simulated_flight() -> Path:
    """A healthy multirotor flight of ten minutes."""
    return simulated(600, datetime.now(tz=UTC) - timedelta(days=1))


@cache
def short_flight() -> Path:
    """A healthy multirotor flight of under two minutes."""
    return simulated(100, datetime.now(tz=UTC) - timedelta(days=1))


def simulated(duration_s: float, start_at: datetime) -> Path:
    """A healthy multirotor flight as a PX4 log."""
    from aviation.telemetry.simulation import FlightPlan, simulate

    path = Path(os.environ["DBX_VAR"]) / f"bench_flight_{duration_s:.0f}_{start_at:%Y%m%d}.ulg"
    plan = FlightPlan("multirotor", 1, duration_s, start_at, (46.47, 8.25, 1_341.0))
    simulate(plan).write_ulog(path)
    return path


def forget_logs() -> None:
    """Take all flights of the bound organization away, so that no file is a duplicate."""
    from django.db import transaction

    from aviation.flights.models import FlightLog, FlightSession

    with transaction.atomic():
        FlightLog.objects.all().delete()
        FlightSession.objects.all().delete()


def session_cookie(membership: Membership) -> str:
    """A signed-in session of the member, as the Cookie header."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(membership.user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
