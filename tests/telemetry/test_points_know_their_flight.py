"""A point belongs to a flight that is there, keeps it and goes with it: the database sees to it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import (
    IntegrityError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)
from psycopg import sql

from aviation.flights.models import FlightSession
from aviation.telemetry.models import TelemetryPoint
from aviation.tenants.context import tenant_context
from aviation.tenants.schemas import OWNER
from tests.conftest import Cast
from tests.isolation.conftest import admin_dsn

AT = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)
INSERT = "INSERT INTO telemetry_point (session_id, timestamp) VALUES (%s, %s)"


def make_flight(cast: Cast) -> FlightSession:
    with tenant_context(cast.organization), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT telemetry_ensure_partition('2026-03-01')")
            cursor.execute("SELECT telemetry_ensure_partition('2026-04-01')")
        return FlightSession.objects.create(aircraft=cast.aircraft, started_at=AT)


def add_point(flight_id: uuid.UUID, second: int = 0) -> TelemetryPoint:
    return TelemetryPoint.objects.create(session_id=flight_id, timestamp=AT.replace(second=second))


@pytest.fixture
def flight(in_alpha: Cast) -> FlightSession:
    return make_flight(in_alpha)


def execute(query: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)


def with_orm(flight_id: uuid.UUID) -> None:
    add_point(flight_id)


def with_bulk_create(flight_id: uuid.UUID) -> None:
    TelemetryPoint.objects.bulk_create(
        [TelemetryPoint(session_id=flight_id, timestamp=AT)], ignore_conflicts=True
    )


def with_sql(flight_id: uuid.UUID) -> None:
    execute(INSERT, flight_id, AT)


def with_merge(flight_id: uuid.UUID) -> None:
    execute(
        "MERGE INTO telemetry_point p USING (SELECT %s::uuid AS flight, %s::timestamptz AS at) s"
        " ON p.session_id = s.flight AND p.timestamp = s.at"
        " WHEN NOT MATCHED THEN INSERT (session_id, timestamp) VALUES (s.flight, s.at)",
        flight_id,
        AT,
    )


def with_upsert(flight_id: uuid.UUID) -> None:
    execute(
        f"{INSERT} ON CONFLICT (session_id, timestamp) DO UPDATE SET roll_deg = 1", flight_id, AT
    )


WAYS = (with_orm, with_bulk_create, with_sql, with_merge, with_upsert)


@pytest.mark.parametrize("write", WAYS)
def test_point_of_no_flight_is_refused(
    flight: FlightSession, write: Callable[[uuid.UUID], None]
) -> None:
    write(flight.pk)
    with pytest.raises(IntegrityError, match="a flight that is not there") as refusal:
        write(uuid.uuid4())
    cause: Any = refusal.value.__cause__
    assert cause.sqlstate == "23503"
    told = cause.diag
    assert (told.table_name, told.constraint_name) == ("telemetry_point", "telemetry_point_flight")
    assert told.column_name == "session_id"


def test_one_wrong_point_among_many_is_refused(flight: FlightSession) -> None:
    wrong = uuid.uuid4()
    with pytest.raises(IntegrityError) as refusal:
        execute(
            "INSERT INTO telemetry_point (session_id, timestamp)"
            " SELECT CASE n WHEN 500 THEN %s ELSE %s END, %s + n * interval '1 second'"
            " FROM generate_series(0, 999) n",
            wrong,
            flight.pk,
            AT,
        )
    assert str(wrong) in str(refusal.value)


def test_statement_without_rows_is_no_fault(flight: FlightSession) -> None:
    execute(
        "INSERT INTO telemetry_point (session_id, timestamp) SELECT id, now() FROM"
        " flights_flightsession WHERE false"
    )


def test_flight_and_its_points_may_come_in_one_statement(flight: FlightSession) -> None:
    execute(
        "CREATE TEMPORARY TABLE new_flight ON COMMIT DROP AS SELECT * FROM flights_flightsession"
    )
    execute("UPDATE new_flight SET id = gen_random_uuid()")
    execute(
        "WITH begun AS (INSERT INTO flights_flightsession SELECT * FROM new_flight RETURNING id)"
        " INSERT INTO telemetry_point (session_id, timestamp) SELECT id, %s FROM begun",
        AT,
    )
    assert TelemetryPoint.objects.exclude(session=flight).count() == 1


def test_flight_of_another_organization_is_no_flight(flight: FlightSession, bravo: Cast) -> None:
    theirs = make_flight(bravo)
    with pytest.raises(IntegrityError, match="a flight that is not there"):
        add_point(theirs.pk)


def test_owner_is_held_to_it_too(fresh_organization: Cast) -> None:
    make_flight(fresh_organization)
    with (
        tenant_context(fresh_organization.organization),
        pytest.raises(IntegrityError, match="a flight that is not there"),
        transaction.atomic(using=OWNER),
    ):
        connections[OWNER].cursor().execute(INSERT, [uuid.uuid4(), AT])


def test_superuser_is_held_to_it_too(fresh_organization: Cast) -> None:
    """A COPY, as from psql, past every policy and with nothing bound."""
    make_flight(fresh_organization)
    table = sql.Identifier(fresh_organization.organization.schema_name, "telemetry_point")
    copy_in = sql.SQL("COPY {} (session_id, timestamp) FROM STDIN").format(table)
    with (
        psycopg.connect(admin_dsn()) as server,
        pytest.raises(psycopg.errors.ForeignKeyViolation),
        server.cursor().copy(copy_in) as copy,
    ):
        copy.write_row((uuid.uuid4(), AT))


def test_point_keeps_its_flight(flight: FlightSession, in_alpha: Cast) -> None:
    add_point(flight.pk)
    other = make_flight(in_alpha)
    with pytest.raises(IntegrityError, match="session_id of"), transaction.atomic():
        TelemetryPoint.objects.update(session_id=other.pk)
    assert TelemetryPoint.objects.filter(session=flight).count() == 1


def test_point_may_change_otherwise(flight: FlightSession) -> None:
    add_point(flight.pk)
    execute(
        "UPDATE telemetry_point SET roll_deg = 2, session_id = session_id,"
        " timestamp = timestamp + interval '1 day'"
    )
    point = TelemetryPoint.objects.get()
    assert (point.roll_deg, point.timestamp.month) == (2, 4)


def test_flight_keeps_its_id(flight: FlightSession) -> None:
    add_point(flight.pk)
    with pytest.raises(IntegrityError, match="id of flights_flightsession"), transaction.atomic():
        execute("UPDATE flights_flightsession SET id = gen_random_uuid()")
    assert TelemetryPoint.objects.get().session == flight


def test_points_go_with_their_flight_and_others_stay(flight: FlightSession, in_alpha: Cast) -> None:
    other = make_flight(in_alpha)
    for each in (flight, other):
        execute(
            "INSERT INTO telemetry_point (session_id, timestamp)"
            " SELECT %s, %s + n * interval '1 second' FROM generate_series(0, 9) n",
            each.pk,
            AT,
        )
    flight.delete()
    assert set(TelemetryPoint.objects.values_list("session_id", flat=True)) == {other.pk}
    assert TelemetryPoint.objects.count() == 10


def test_flights_are_not_truncated_away_from_their_points(fresh_organization: Cast) -> None:
    """TRUNCATE fires no trigger of DELETE; the audit trail refuses it to the owner as well."""
    with (
        tenant_context(fresh_organization.organization),
        pytest.raises(ProgrammingError, match="use DELETE"),
        transaction.atomic(using=OWNER),
    ):
        connections[OWNER].cursor().execute("TRUNCATE flights_flightsession CASCADE")


def test_copy_into_a_partition_is_refused_to_the_owner(fresh_organization: Cast) -> None:
    """Named itself, a partition fires none of its parent's statement triggers."""
    make_flight(fresh_organization)
    with (
        tenant_context(fresh_organization.organization),
        pytest.raises(
            psycopg.errors.FeatureNotSupported,
            match="COPY FROM not supported with row-level security",
        ),
        transaction.atomic(using=OWNER),
        connections[OWNER].cursor() as cursor,
        cursor.copy("COPY telemetry_point_y2026m03 (session_id, timestamp) FROM STDIN"),
    ):
        pass
