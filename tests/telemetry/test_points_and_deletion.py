"""Points go in while their flight is deleted: in either order nothing is left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction

from aviation.flights.models import FlightSession
from aviation.telemetry.models import TelemetryPoint
from aviation.tenants.context import tenant_context
from tests.conftest import Cast

Server = psycopg.Connection[Any]
AT = datetime(2026, 3, 15, tzinfo=UTC)
INSERT = "INSERT INTO telemetry_point (session_id, timestamp) VALUES (%s, %s)"
DELETE = "DELETE FROM flights_flightsession WHERE id = %s"


class Meeting:
    """Two connections of the application's in one organization, each in its transaction."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._thread = ThreadPoolExecutor(1)
        self.writer, self.deleter, self._watcher = (self._connect() for _ in range(3))
        self._watcher.autocommit = True

    def _connect(self) -> Server:
        name = connections["default"].settings_dict["NAME"]
        dsn = psycopg.conninfo.make_conninfo(os.environ["DATABASE_URL"], dbname=name)
        return psycopg.connect(dsn)

    def begin(self, *, writer: str = "read committed", deleter: str = "read committed") -> None:
        """Each takes its snapshot now, where it keeps one."""
        organization = self._cast.organization
        for server, level in ((self.writer, writer), (self.deleter, deleter)):
            server.execute(f"SET TRANSACTION ISOLATION LEVEL {level}".encode())
            server.execute(
                "SELECT set_config('search_path', %s, true),"
                " set_config('app.current_org_id', %s, true)",
                [organization.schema_name, str(organization.id)],
            )

    def wait(self, server: Server, query: str, *values: object) -> Future[Any]:
        """Begin a statement that has to wait for the other; returns once it does."""
        statement = self._thread.submit(server.execute, query.encode(), values)
        asked = "SELECT cardinality(pg_blocking_pids(%s)) > 0"
        while self._watcher.execute(asked, [server.info.backend_pid]).fetchone() != (True,):
            assert not statement.done(), "it waited for nobody"
        return statement

    def left(self) -> tuple[int, int]:
        """How many flights there are, and how many points."""
        with tenant_context(self._cast.organization), transaction.atomic():
            return FlightSession.objects.count(), TelemetryPoint.objects.count()

    def close(self) -> None:
        for each in (self.writer, self.deleter, self._watcher):
            each.close()
        self._thread.shutdown()


@pytest.fixture
def flight(fresh_organization: Cast) -> FlightSession:
    with tenant_context(fresh_organization.organization), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT telemetry_ensure_partition('2026-03-01')")
        return FlightSession.objects.create(aircraft=fresh_organization.aircraft, started_at=AT)


@pytest.fixture
def meeting(fresh_organization: Cast, flight: FlightSession) -> Iterator[Meeting]:
    with closing(Meeting(fresh_organization)) as meeting:
        yield meeting


def test_deletion_waits_for_points_and_takes_them_along(
    meeting: Meeting, flight: FlightSession
) -> None:
    meeting.begin()
    meeting.writer.execute(INSERT, [flight.pk, AT])
    deletion = meeting.wait(meeting.deleter, DELETE, flight.pk)
    meeting.writer.commit()
    assert deletion.result().rowcount == 1
    meeting.deleter.commit()
    assert meeting.left() == (0, 0)


def test_points_wait_for_a_deletion_and_are_refused(
    meeting: Meeting, flight: FlightSession
) -> None:
    meeting.begin()
    meeting.deleter.execute(DELETE, [flight.pk])
    insertion = meeting.wait(meeting.writer, INSERT, flight.pk, AT)
    meeting.deleter.commit()
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        insertion.result()
    meeting.writer.rollback()
    assert meeting.left() == (0, 0)


def test_points_wait_for_a_deletion_that_is_undone(meeting: Meeting, flight: FlightSession) -> None:
    meeting.begin()
    meeting.deleter.execute(DELETE, [flight.pk])
    insertion = meeting.wait(meeting.writer, INSERT, flight.pk, AT)
    meeting.deleter.rollback()
    assert insertion.result().rowcount == 1
    meeting.writer.commit()
    assert meeting.left() == (1, 1)


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_writer_with_an_old_snapshot_is_refused(
    meeting: Meeting, flight: FlightSession, level: str
) -> None:
    meeting.begin(writer=level)
    meeting.deleter.execute(DELETE, [flight.pk])
    meeting.deleter.commit()
    with pytest.raises(psycopg.errors.SerializationFailure):
        meeting.writer.execute(INSERT, [flight.pk, AT])
    meeting.writer.rollback()
    assert meeting.left() == (0, 0)


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_deletion_with_an_old_snapshot_is_refused(
    meeting: Meeting, flight: FlightSession, level: str
) -> None:
    """It would not see the points that were committed since it began."""
    meeting.begin(deleter=level)
    meeting.writer.execute(INSERT, [flight.pk, AT])
    meeting.writer.commit()
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="READ COMMITTED only"):
        meeting.deleter.execute(DELETE, [flight.pk])
    meeting.deleter.rollback()
    assert meeting.left() == (1, 1)


def test_change_of_a_flight_does_not_wait_for_points(
    meeting: Meeting, flight: FlightSession
) -> None:
    """A stream's points arrive while its flight is edited."""
    meeting.begin()
    meeting.writer.execute(INSERT, [flight.pk, AT])
    meeting.deleter.execute("SET LOCAL lock_timeout = '1s'")
    meeting.deleter.execute("UPDATE flights_flightsession SET notes = 'seen'")
    meeting.deleter.commit()
    meeting.writer.commit()
    assert meeting.left() == (1, 1)
