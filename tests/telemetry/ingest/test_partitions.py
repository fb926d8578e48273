"""Partitions are made and dropped under way, and nobody who sends or reads takes notice."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from accounts.api_keys.services import create_api_key
from aviation.flights.models import FlightSession
from aviation.telemetry.ingest import service
from aviation.telemetry.ingest.upkeep import prepare_partitions
from aviation.telemetry.partitions import drop_month, ensure_span
from aviation.telemetry.storing import ensure_partitions
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.isolation.conftest import pair as pair
from tests.isolation.crowd import in_threads
from tests.telemetry.ingest.devices import HOST, Device, Web, running, sending, wait_for_more
from tests.telemetry.ingest.sending import (
    flight_path,
    make_key,
    make_points,
    now,
    sender,
    start_flight,
    stored_rows,
)
from tests.telemetry.ingest.test_once import many_turns as many_turns
from tests.telemetry.ingest.test_once import partitions
from tests.telemetry.reading.build import fly

MOST_WAIT_S = 1.0
ROWS = {"time_s": [0.0, 1.0], "latitude": [47.0, 47.1], "roll_deg": [1.0, 2.0]}


def month_before(today: date, count: int) -> date:
    month = today.replace(day=1)
    for _ in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def in_month(month: date) -> datetime:
    return now().replace(year=month.year, month=month.month, day=15)


def leaf_of(month: date) -> str:
    return f"telemetry_point_y{month:%Y}m{month:%m}"


def test_eight_writers_wait_a_moment_for_a_partition_of_their_month(
    fresh_organization: Cast, many_turns: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I3: all eight find it missing at once. Timed is the database, not eight threads' turns at
    two cores: what each writer spends on the partition, its wait for the others included.
    """
    cast, post = fresh_organization, sender(fresh_organization)
    flights = [start_flight(cast, started_at=now() - timedelta(days=200)) for _ in range(8)]
    before, together, took = partitions(cast), threading.Barrier(8), []

    def timed(timestamps: Any) -> None:
        together.wait()
        began = time.monotonic()
        ensure_partitions(timestamps)
        took.append(time.monotonic() - began)

    monkeypatch.setattr(service, "ensure_partitions", timed)
    start = in_month(month_before(now().date(), 6))

    def send(number: int) -> int:
        response = post(make_points(50, start=start), path=flight_path(flights[number]))
        assert response.status_code == 200, response.content
        return int(response.json()["accepted"])

    assert sum(in_threads(8, send)) == stored_rows(cast) == 400
    assert len(partitions(cast) - before) == 1
    assert len(took) == 8
    assert max(took) <= MOST_WAIT_S, took


def test_partition_is_made_while_somebody_reads_for_long(fresh_organization: Cast) -> None:
    """The reader is not disturbed, nobody waits for it, and others read on behind the maker."""
    cast, post = fresh_organization, sender(fresh_organization)
    flight = start_flight(cast, started_at=now() - timedelta(days=200))
    start = in_month(month_before(now().date(), 6))
    with reading(cast) as is_read:
        response = post(make_points(20, start=start), path=flight_path(flight))
        assert response.status_code == 200, response.content
        assert not is_read.is_set()
    assert stored_rows(cast) == 20


@contextmanager
def reading(cast: Cast) -> Iterator[threading.Event]:
    """Somebody's transaction has read telemetry and goes on until the block ends."""
    begun, is_over, is_read = threading.Event(), threading.Event(), threading.Event()

    def read() -> None:
        with tenant_context(cast.organization), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM telemetry_point")
            begun.set()
            is_over.wait()
        is_read.set()
        connection.close()

    thread = threading.Thread(target=read)
    thread.start()
    begun.wait()
    try:
        yield is_read
    finally:
        is_over.set()
        thread.join()


def test_partition_that_a_writer_found_is_not_dropped_under_it(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aviation.telemetry.partitions.ATTEMPTS", 2)
    cast, month = fresh_organization, month_before(now().date(), 3)
    with tenant_context(cast.organization):
        with transaction.atomic():
            ensure_span(in_month(month), in_month(month))
        promised, may_write = threading.Event(), threading.Event()

        def write(_: int) -> None:
            with tenant_context(cast.organization), transaction.atomic():
                ensure_span(in_month(month), in_month(month))
                promised.set()
                may_write.wait()
                fly(cast, ROWS, boot_at=in_month(month))

        def drop(_: int) -> None:
            promised.wait()
            try:
                with tenant_context(cast.organization), pytest.raises(OperationalError):
                    drop_month(month)
            finally:
                may_write.set()

        works: list[Callable[[int], None]] = [write, drop]
        in_threads(2, lambda number: works[number](number))
    assert stored_rows(cast) == 2


@pytest.fixture(autouse=True)
def short_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviation.telemetry.partitions.FIRST_PAUSE_S", 0.05)


def test_dropped_month_is_gone_and_others_stay(fresh_organization: Cast) -> None:
    cast = fresh_organization
    months = [month_before(now().date(), count) for count in (3, 4)]
    with tenant_context(cast.organization):
        for month in months:
            with transaction.atomic():
                fly(cast, ROWS, boot_at=in_month(month))
        assert drop_month(months[1])
        assert not drop_month(months[1])
    names = {each.split(".")[-1] for each in partitions(cast)}
    assert leaf_of(months[0]) in names
    assert leaf_of(months[1]) not in names
    assert stored_rows(cast) == 2


def test_dropping_reaches_no_other_organization(pair: tuple[Cast, Cast]) -> None:
    month = month_before(now().date(), 5)
    for cast in pair:
        with tenant_context(cast.organization), transaction.atomic():
            fly(cast, ROWS, boot_at=in_month(month))
    before = stored_rows(pair[1])
    with tenant_context(pair[0].organization):
        assert drop_month(month)
    assert stored_rows(pair[1]) == before


def test_coming_month_is_made_ahead(fresh_organization: Cast) -> None:
    cast = fresh_organization
    assert prepare_partitions() > 0
    today = now().date()
    coming = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
    names = {each.split(".")[-1] for each in partitions(cast)}
    assert {leaf_of(today), leaf_of(coming)} <= names


# -- I13, through a web process


OLD_MONTHS = 4
LONG_READ_S, BETWEEN_S = 2.5, 1.0
"""Longer than anybody may wait for a lock; in between is when a drop gets its turn."""
WAITING = (
    "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0) FROM pg_locks "
    "WHERE NOT granted AND database = (SELECT oid FROM pg_database "
    "WHERE datname = current_database()) AND pid IN "
    "(SELECT pid FROM pg_stat_activity WHERE usename = current_user)"
)


class Readers:
    """Ask for one path after the other, over and over."""

    def __init__(self, port: int, key: str, paths: list[str]) -> None:
        self.statuses: Counter[int] = Counter()
        self._port, self._key, self._paths = port, key, paths

    def run(self, is_over: threading.Event) -> None:
        while not is_over.is_set():
            for path in self._paths:
                self.statuses[self._get(path)] += 1

    def _get(self, path: str) -> int:
        asking = http.client.HTTPConnection(HOST, self._port, timeout=30)
        try:
            asking.request("GET", path, headers={"Authorization": f"Bearer {self._key}"})
            answer = asking.getresponse()
            answer.read()
            return answer.status
        finally:
            asking.close()


class Watch:
    """The longest that a session of the application waited for a lock, as the server tells it."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    def run(self, is_over: threading.Event) -> None:
        while not is_over.wait(0.02):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(WAITING)
                self.longest_s = max(self.longest_s, float(cursor.fetchone()[0]))


@contextmanager
def beside(*works: Callable[[threading.Event], None]) -> Iterator[None]:
    """Each in a thread until the block ends."""
    is_over = threading.Event()

    def one(work: Callable[[threading.Event], None]) -> None:
        work(is_over)
        connection.close()

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


class LongReader:
    """One long transaction after the other, with a moment between them."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self.has_begun = threading.Event()

    def run(self, is_over: threading.Event) -> None:
        while not is_over.is_set():
            with reading(self._cast):
                self.has_begun.set()
                is_over.wait(LONG_READ_S)
            self.has_begun.clear()
            is_over.wait(BETWEEN_S)


def reader_key(cast: Cast) -> str:
    with tenant_context(cast.organization), transaction.atomic():
        return create_api_key(
            owner=cast.members["admin"], name="reader", scopes=("read",), actor=None
        )[1]


def old_flights(cast: Cast, months: list[date]) -> list[FlightSession]:
    with tenant_context(cast.organization), transaction.atomic():
        return [fly(cast, ROWS, boot_at=in_month(month)) for month in months]


@pytest.mark.slow
def test_old_months_are_dropped_beside_senders_and_readers(fresh_organization: Cast) -> None:
    """I13: two devices send, two programs read old and new flights, one transaction after the
    other reads for long: nobody gets an error or waits over a second for a lock.
    """
    cast, watch, long = fresh_organization, Watch(), LongReader(fresh_organization)
    months = [month_before(now().date(), count) for count in range(2, 2 + OLD_MONTHS)]
    with running(Web(DBX_RATE_LIMIT_FACTOR="1000000")) as web:
        flights = [start_flight(cast) for _ in range(2)]
        devices = [Device(web.port, make_key(cast), flight_path(each)) for each in flights]
        paths = [
            f"/api/v1/flights/{each.pk}/telemetry/"
            for each in [*flights, *old_flights(cast, months)]
        ]
        key = reader_key(cast)
        readers = [Readers(web.port, key, each) for each in (paths, paths[::-1])]
        works = [watch.run, long.run, *(each.run for each in readers)]
        with sending(devices), beside(*works):
            wait_for_more(devices, 2)
            with tenant_context(cast.organization):
                for month in months:
                    long.has_begun.wait()
                    assert drop_month(month)
            wait_for_more(devices, 2)
    assert not {leaf_of(month) for month in months} & {
        each.split(".")[-1] for each in partitions(cast)
    }
    assert [set(each.statuses) for each in (*readers, *devices)] == [{200}] * 4
    assert stored_rows(cast) == sum(len(each.acknowledged) for each in devices)
    print(json.dumps({"longest wait, s": round(watch.longest_s, 3)}))
    assert 0 < watch.longest_s <= MOST_WAIT_S
