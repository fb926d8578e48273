"""Through PgBouncer in transaction mode: 12 threads share 4 server connections, and no rows."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest
from django.db import connection, transaction

from aviation.fleet.models import Aircraft
from aviation.telemetry.storing import store_rows
from aviation.tenants.context import tenant_context
from aviation.tenants.postgresql.base import OutsideTransaction
from tests.conftest import Cast, make_cast
from tests.isolation.crowd import in_threads
from tests.isolation.pgbouncer import PgBouncer
from tests.isolation.seeds import BOOT_AT, rows, seed_flight

THREADS, TURNS = 12, 500


@pytest.fixture
def three(pooled: PgBouncer) -> list[Cast]:
    return [make_cast(f"pool-{uuid.uuid4().hex[:12]}") for _ in range(3)]


def registrations() -> list[str]:
    return list(Aircraft.objects.values_list("registration", flat=True))


def test_reads_outside_a_transaction_answer_nothing_of_others(three: list[Cast]) -> None:
    """T1: 6,000 reads without atomic(); every one is refused, so none is wrong."""

    def read(number: int) -> Counter[str]:
        cast, outcomes = three[number % 3], Counter[str]()
        with tenant_context(cast.organization):
            for _ in range(TURNS):
                try:
                    own = registrations() == [cast.aircraft.registration]
                    outcomes["own" if own else "foreign"] += 1
                except OutsideTransaction:
                    outcomes["refused"] += 1
        return outcomes

    assert sum(in_threads(THREADS, read), Counter()) == {"refused": THREADS * TURNS}


def test_writes_land_in_their_own_schema(three: list[Cast], pooled: PgBouncer) -> None:
    """T2: of 6,000 rows written, 0 lie in a wrong schema and all are there."""

    def write(number: int) -> None:
        cast = three[number % 3]
        for turn in range(TURNS):
            with tenant_context(cast.organization), transaction.atomic():
                Aircraft.objects.create(
                    registration=f"T{number}-{turn}", name=cast.organization.slug
                )

    in_threads(THREADS, write)
    found = Counter[bool]()
    for cast in three:
        with tenant_context(cast.organization), transaction.atomic():
            names = Aircraft.objects.filter(registration__startswith="T").values_list("name")
            found.update(name == cast.organization.slug for (name,) in names)
    assert found == {True: THREADS * TURNS}
    assert len(pooled.console("SHOW SERVERS")) <= 4


def test_reads_in_a_context_set_once_are_right(three: list[Cast]) -> None:
    """T3: one context and 500 transactions per thread, 0 of 6,000 answers wrong."""

    def read(number: int) -> Counter[bool]:
        cast = three[number % 3]
        outcomes = Counter[bool]()
        with tenant_context(cast.organization):
            for _ in range(TURNS):
                with transaction.atomic():
                    outcomes[registrations() == [cast.aircraft.registration]] += 1
        return outcomes

    assert sum(in_threads(THREADS, read), Counter()) == {True: THREADS * TURNS}


def test_policies_hold_for_raw_sql_by_full_name(three: list[Cast]) -> None:
    """T4: 6,000 pooled reads of one's own and another's table, 0 wrong, 0 unexpectedly empty."""

    def read(number: int) -> Counter[tuple[int, int]]:
        own, other = three[number % 3].organization, three[(number + 1) % 3].organization
        outcomes = Counter[tuple[int, int]]()
        for _ in range(TURNS // 2):
            with tenant_context(own), transaction.atomic(), connection.cursor() as cursor:
                counts = []
                for organization in (own, other):
                    cursor.execute(
                        f"SELECT count(*) FROM {organization.schema_name}.fleet_aircraft"
                    )
                    counts.append(cursor.fetchone()[0])
                outcomes[counts[0], counts[1]] += 1
        return outcomes

    assert sum(in_threads(THREADS, read), Counter()) == {(1, 0): THREADS * TURNS // 2}


def test_telemetry_lands_with_its_own_organization(three: list[Cast]) -> None:
    """I15: 1,000 batches of 3 organizations in turn, 0 points astray, 0 statements unknown."""
    batches, threads, points = 1_000, 4, 5
    flights = [seed_flight(cast) for cast in three]
    before = [count_points(cast) for cast in three]

    def store(number: int) -> None:
        for turn in range(number, batches, threads):
            cast, flight = three[turn % 3], flights[turn % 3]
            boot_at = BOOT_AT.replace(minute=1 + turn // 60 % 59, second=turn % 60)
            boot_at = boot_at.replace(hour=13 + turn // 3_540)
            with tenant_context(cast.organization):
                store_rows(session_id=flight.pk, boot_at=boot_at, rows=rows(points))

    in_threads(threads, store)
    gained = [count_points(cast) - had for cast, had in zip(three, before, strict=True)]
    assert gained == [len(range(first, batches, 3)) * points for first in range(3)]


def count_points(cast: Cast) -> int:
    with (
        tenant_context(cast.organization),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT count(*) FROM telemetry_point")
        return int(cursor.fetchone()[0])


def test_four_server_connections_serve_all(pooled: PgBouncer, three: list[Cast]) -> None:
    """The pool is really shared: many clients, at most four backends."""

    def backend(number: int) -> set[int]:
        seen = set()
        for _ in range(20):
            with (
                tenant_context(three[number % 3].organization),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute("SELECT pg_backend_pid()")
                seen.add(cursor.fetchone()[0])
        return seen

    seen = in_threads(THREADS, backend)
    assert len(set.union(*seen)) <= 4
    assert max(map(len, seen)) > 1
