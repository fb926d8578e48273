"""Reads that stream are told of a database that goes away like all others: come again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from aviation.telemetry.cold.fetching import fetch_rows
from aviation.telemetry.reading import export_batches
from aviation.telemetry.reading.export_batches import Wanted, csv_batches
from aviation.telemetry.reading.export_formats import BROKEN_OFF, ExportFile, encoded
from aviation.telemetry.streaming.reading import read_columns
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.telemetry.reading.build import BOOT, fly

ROWS = 500
SPAN = (BOOT, BOOT + timedelta(hours=1))


@pytest.fixture
def wanted(fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch) -> Wanted:
    """A flight that is really committed: a lost connection takes a test's transaction along."""
    monkeypatch.setattr(export_batches, "BATCH_ROWS", 100)
    cast = fresh_organization
    with tenant_context(cast.organization), transaction.atomic():
        flight = fly(cast, {"time_s": np.arange(float(ROWS)), "roll_deg": np.arange(ROWS) / 5})
    return Wanted(flight, ("roll_deg",), SPAN, cast.members["manager"])


@contextmanager
def away_after(number: int) -> Iterator[list[str]]:
    """The server ends the connection once it has answered so many statements; answers those."""
    answered: list[str] = []

    def execute(run: Callable[..., Any], statement: Any, *arguments: Any) -> Any:
        answer = run(statement, *arguments)
        answered.append(str(statement))
        if len(answered) == number:
            end_connection()
        return answer

    with connection.execute_wrapper(execute):
        yield answered


def end_connection() -> None:
    """As a server that is stopped does; returns when it is done."""
    mine = connection.connection.info
    with psycopg.connect(mine.dsn, password=mine.password) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [mine.backend_pid])


@pytest.mark.parametrize("path", ["telemetry/", "telemetry/statistics/?window_s=5"])
def test_reader_is_told_to_come_again(wanted: Wanted, path: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(wanted.membership.user)
    address = f"/api/v1/flights/{wanted.flight.pk}/{path}"
    assert client.get(address).status_code == 200
    with away_after(0) as usual:
        assert client.get(address).status_code == 200
    with away_after(last_before_rows(usual)) as answered:
        answer = client.get(address)
    assert len(answered) == last_before_rows(answered)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "10"
    assert client.get(address).status_code == 200


def last_before_rows(statements: list[str]) -> int:
    """Which of them looks for archived rows last; those in the table are read next."""
    return max(n for n, text in enumerate(statements, start=1) if "telemetry_coldfile" in text)


@pytest.mark.parametrize("kind", list(ExportFile))
def test_export_that_is_under_way_ends_broken(wanted: Wanted, kind: ExportFile) -> None:
    """Each batch is one statement that asks whether the flight is in sight, and then the rows."""
    parts = encoded(kind, wanted.flight, wanted.channels, csv_batches(wanted))
    sent = [next(parts), next(parts)]
    with away_after(2) as answered, pytest.raises(OperationalError):
        sent.extend(parts)
    assert ["flights_flightsession" in text for text in answered] == [True, True]
    assert sent[-1] == BROKEN_OFF[kind]
    again = encoded(ExportFile.CSV, wanted.flight, wanted.channels, csv_batches(wanted))
    assert b"".join(again).count(b"\n") == 1 + ROWS


def finish(wanted: Wanted) -> object:
    """Read a flight's rows as it is done when its stream is over."""
    return list(read_columns(wanted.flight.pk, ["roll_deg"], boot_at=BOOT, span=SPAN))


def archive(wanted: Wanted) -> object:
    with connection.cursor() as cursor:
        return fetch_rows(cursor, wanted.flight.pk, date(2026, 5, 1))


@pytest.mark.parametrize("read", [finish, archive])
def test_tasks_are_told_by_an_error_that_they_know(
    wanted: Wanted, read: Callable[[Wanted], object]
) -> None:
    with pytest.raises(OperationalError):
        _read_and_lose_the_database(wanted, read)


def _read_and_lose_the_database(wanted: Wanted, read: Callable[[Wanted], object]) -> None:
    with tenant_context(wanted.membership.organization), transaction.atomic():
        read(wanted)
        end_connection()
        read(wanted)
