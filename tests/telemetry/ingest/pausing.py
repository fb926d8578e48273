"""A program that stops its PostgreSQL while devices send, and tells what came of it.

Started by test_paused under ``embedded test``, which gives it servers of its own: stopping the
tests' PostgreSQL would stop every other test.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.core.management import call_command

from tests.conftest import make_cast
from tests.telemetry.ingest.devices import Device, Web, running, sending, wait_for_more
from tests.telemetry.ingest.sending import (
    asked,
    flight_path,
    make_key,
    make_points,
    start_flight,
)

DEVICES, HERTZ = 4, 50
MOST_POINTS = 500
"""In one batch."""
FIRST_BATCHES, LONGEST_S = 10, 90.0


@dataclass
class LiveDevice(Device):
    """Makes points at HERTZ, and brings those it has, each until it is acknowledged."""

    patience_s: float = 60.0
    longest_s: float = 0.0
    """The longest wait for an answer."""
    began_at: float = field(default_factory=time.monotonic)

    @property
    def due(self) -> int:
        return int((time.monotonic() - self.began_at) * HERTZ)

    @property
    def behind(self) -> int:
        """Points that were made and are not acknowledged."""
        return self.due - len(self.acknowledged)

    def run(self, is_over: threading.Event) -> None:
        points = make_points(int(HERTZ * 300))
        while not is_over.wait(0.1):
            sent = len(self.acknowledged)
            batch = points[sent : min(self.due, sent + MOST_POINTS)]
            if batch and not self._bring(json.dumps(batch).encode(), is_over):
                return
            self.acknowledged += [point["sequence"] for point in batch]

    def _post(self, body: bytes) -> int:
        began = time.monotonic()
        status = super()._post(body)
        self.longest_s = max(self.longest_s, time.monotonic() - began)
        return status

    def _bring(self, body: bytes, is_over: threading.Event) -> bool:
        while True:
            status = self._post(body)
            self.statuses[status] += 1
            if status == 200:
                return True
            if is_over.wait(self.retry_after_s or 0.05):
                return False


def server_processes() -> list[int]:
    """The postmaster, and after it its children."""
    with psycopg.connect(os.environ["DBX_TEST_ADMIN_URL"]) as admin:
        row = admin.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        status = Path(f"/proc/{row[0]}/status").read_text().splitlines()
        parent = next(line.split()[1] for line in status if line.startswith("PPid"))
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(parent), *map(int, children)]


@contextmanager
def stopped_server() -> Iterator[None]:
    processes = server_processes()
    for each in processes:
        _tell(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in processes:
            _tell(each, signal.SIGCONT)


def _tell(process: int, what: signal.Signals) -> None:
    """The backend that answered us has ended by now."""
    try:
        os.kill(process, what)
    except ProcessLookupError:
        return


def seconds_until_drained(devices: list[LiveDevice]) -> float:
    began, pause = time.monotonic(), threading.Event()
    while any(each.behind > HERTZ for each in devices):
        if time.monotonic() - began > LONGEST_S:
            break
        pause.wait(0.05)
    return time.monotonic() - began


def main(pause_s: float) -> None:
    call_command("migrate", verbosity=0)
    cast = make_cast("paused")
    flights = [start_flight(cast) for _ in range(DEVICES)]
    with running(Web()) as web:
        devices = [LiveDevice(web.port, make_key(cast), flight_path(each)) for each in flights]
        with sending([*devices]):
            wait_for_more([*devices], FIRST_BATCHES)
            before_mb = web.most_memory_mb()
            with stopped_server():
                threading.Event().wait(pause_s)
            drained_s = seconds_until_drained(devices)
        after_mb = web.most_memory_mb()
    stored = [
        [
            int(row[0])
            for row in asked(
                cast, "SELECT sequence FROM telemetry_point WHERE session_id = %s", str(flight.pk)
            )
        ]
        for flight in flights
    ]
    told = {
        "lost": [len(set(d.acknowledged) - set(s)) for d, s in zip(devices, stored, strict=True)],
        "twice": [len(each) - len(set(each)) for each in stored],
        "acknowledged": [len(each.acknowledged) for each in devices],
        "statuses": dict(sum((each.statuses for each in devices), Counter())),
        "unhurried": [status for each in devices for status in each.unhurried],
        "drained_s": drained_s,
        "longest_s": max(each.longest_s for each in devices),
        "before_mb": before_mb,
        "after_mb": after_mb,
    }
    print(json.dumps(told))
