"""I13: old months are archived and dropped, beside senders and readers of a real web process."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date

import pytest
from django.conf import settings
from django.db import connection, transaction

from accounts.api_keys.services import create_api_key
from aviation.common.errors import Unavailable
from aviation.flights.models import FlightSession
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.telemetry.ingest.devices import HOST, Device, Web, running, sending, wait_for_more
from tests.telemetry.ingest.months import ROWS, archive, in_month, leaf_of, month_before, reading
from tests.telemetry.ingest.sending import (
    flight_path,
    make_key,
    now,
    start_flight,
    stored_rows,
)
from tests.telemetry.ingest.test_once import partitions
from tests.telemetry.reading.build import fly

MOST_WAIT_S = 1.0
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


def archive_in_the_end(month: date) -> int:
    """As run after run does it: one whose every attempt met the long reader gives up for now."""
    while True:
        with suppress(Unavailable):
            return archive(month)


@pytest.mark.slow
def test_old_months_are_dropped_beside_senders_and_readers(fresh_organization: Cast) -> None:
    """I13: two devices send, two programs read old and new flights, one transaction after the
    other reads for long: nobody gets an error or waits over a second for a lock.
    """
    cast, watch, long = fresh_organization, Watch(), LongReader(fresh_organization)
    months = [month_before(now().date(), count) for count in range(2, 2 + OLD_MONTHS)]
    web_process = Web(DBX_RATE_LIMIT_FACTOR="1000000", DBX_MEDIA=str(settings.MEDIA_ROOT))
    with running(web_process) as web:
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
                    assert archive_in_the_end(month) == 2
            wait_for_more(devices, 2)
    assert not {leaf_of(month) for month in months} & {
        each.split(".")[-1] for each in partitions(cast)
    }
    assert [set(each.statuses) for each in (*readers, *devices)] == [{200}] * 4
    assert stored_rows(cast) == sum(len(each.acknowledged) for each in devices)
    assert 0 < watch.longest_s <= MOST_WAIT_S
