"""An import that breaks: who is told, what is kept, and when it is tried again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError, connection

from aviation.flights.choices import LogState
from aviation.flights.logs import keep_log, resume_abandoned
from aviation.flights.models import FlightLog, FlightSession
from aviation.telemetry import storing
from aviation.telemetry.tasks import import_queued_log
from tests.conftest import Cast
from tests.telemetry.test_importing import simulated


@pytest.fixture
def log(in_alpha: Cast) -> FlightLog:
    content = ContentFile(simulated())
    return keep_log(
        file=content, file_name="flight.ulg", aircraft=in_alpha.aircraft, uploaded_by=None
    )


def breaking(patch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(**_: object) -> None:
        raise error

    patch.setattr("aviation.telemetry.importing.read_log", lambda *_, **__: fail())


def test_fault_of_ours_is_told_and_the_file_is_kept(
    in_alpha: Cast,
    log: FlightLog,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    breaking(monkeypatch, RuntimeError("no such channel"))
    import_queued_log(str(in_alpha.organization.pk), str(log.pk))
    log.refresh_from_db()
    assert (log.state, log.error_code) == (LogState.FAILED, "internal")
    assert "fault on our side" in log.error_message
    assert log.file.storage.exists(log.file.name)
    (record,) = [each for each in caplog.records if "import failed" in each.getMessage()]
    assert record.levelno == logging.ERROR
    assert "no such channel" in record.getMessage()


def test_import_that_the_database_broke_off_is_sent_again(
    in_alpha: Cast,
    log: FlightLog,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    breaking(monkeypatch, OperationalError("server closed the connection"))
    import_queued_log(str(in_alpha.organization.pk), str(log.pk))
    log.refresh_from_db()
    assert log.is_under_way
    assert [each for each in caplog.messages if "import interrupted" in each]
    monkeypatch.undo()
    assert log.claimed_until is not None
    assert resume_abandoned(at=log.claimed_until + timedelta(seconds=1)) == 1
    import_queued_log(str(in_alpha.organization.pk), str(log.pk))
    log.refresh_from_db()
    assert log.state == LogState.IMPORTED
    assert FlightSession.objects.count() == 1


def test_import_that_is_broken_off_amid_its_rows_is_sent_again(
    in_alpha: Cast, log: FlightLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the rows stream to the database, psycopg raises errors of its own."""
    usual = storing._binary

    def cancelled(points: Any) -> Iterator[bytes]:
        pid = connection.connection.info.backend_pid
        with psycopg.connect(**connection.get_connection_params()) as beside:
            beside.execute("SELECT pg_cancel_backend(%s)", [pid])
        yield from usual(points)

    monkeypatch.setattr(storing, "_binary", cancelled)
    import_queued_log(str(in_alpha.organization.pk), str(log.pk))
    log.refresh_from_db()
    assert log.is_under_way, log.error_message
    assert FlightSession.objects.count() == 0
