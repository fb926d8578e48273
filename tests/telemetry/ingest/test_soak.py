"""Minutes of telemetry at half of what the machine takes, while web workers are killed.

By hand: ``make test ARGS="tests/telemetry/ingest/test_soak.py -m soak -n 0 -s"``; DBX_SOAK_S
makes it shorter.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Cast
from tests.telemetry.ingest.devices import HOST, PATIENCE_S, Web, running
from tests.telemetry.ingest.sending import (
    JSON,
    as_json,
    asked,
    flight_path,
    make_key,
    make_points,
    now,
    start_flight,
)

SOAK_S = float(os.environ.get("DBX_SOAK_S", "600"))
PROBE_S = 10.0
KILL_EVERY_S = 20.0
DRAIN_S = 120.0
DEVICES, BATCH_POINTS = 4, 500
AHEAD = timedelta(days=25)
"""Where the points begin: as many tenths of a second as a soak may need lie before now."""
NO_LIMIT = {"DBX_RATE_LIMIT_FACTOR": "1000000"}


@dataclass
class Sender:
    """Sends one flight's batches in order, each until it is acknowledged, under one key each.

    Before ``interval_s`` is set it sends as fast as it can; after that on time, and faster only
    to catch up on what it could not bring while the server was away.
    """

    port: int
    key: str
    path: str
    start: datetime
    interval_s: float = 0.0
    acknowledged: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    def run(self, is_over: threading.Event) -> None:
        """Ends with the acknowledgement of the last batch begun before it was over."""
        due_at = time.monotonic()
        while not is_over.is_set():
            self._bring(as_json(self._next_points()))
            self.acknowledged += BATCH_POINTS
            due_at = due_at + self.interval_s if self.interval_s else time.monotonic()
            is_over.wait(max(0.0, due_at - time.monotonic()))

    def _next_points(self) -> list[dict[str, object]]:
        first = self.acknowledged
        points = make_points(BATCH_POINTS, start=self.start + first * timedelta(milliseconds=100))
        for number, point in enumerate(points, start=first):
            point["sequence"] = number
        return points

    def _bring(self, body: bytes) -> None:
        pause, deadline = threading.Event(), time.monotonic() + DRAIN_S
        while (status := self._post(body)) != 200:
            self.statuses[status] += 1
            assert time.monotonic() < deadline, self.statuses
            pause.wait(0.1)
        self.statuses[200] += 1

    def _post(self, body: bytes) -> int:
        """The answer's status; 0 where there is no answer."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE_S)
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": JSON,
            "Idempotency-Key": hashlib.sha256(self.path.encode() + body).hexdigest(),
        }
        try:
            connection.request("POST", self.path, body, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
        return response.status


@contextmanager
def at_work(senders: list[Sender]) -> Iterator[None]:
    """They send for the block, and then until their last batch is acknowledged."""
    is_over = threading.Event()
    threads = [threading.Thread(target=each.run, args=(is_over,)) for each in senders]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def workers_of(web: Web) -> list[int]:
    """The processes that answer requests: the server's own children."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if parent == web.pid and "granian" in command:
            found.append(int(folder.name))
    return found


def acknowledged(senders: list[Sender]) -> int:
    return sum(each.acknowledged for each in senders)


def measured_rate(senders: list[Sender]) -> float:
    """Points a second while nothing holds the senders back."""
    began, before = time.monotonic(), acknowledged(senders)
    threading.Event().wait(PROBE_S)
    return (acknowledged(senders) - before) / (time.monotonic() - began)


def kill_now_and_then(web: Web, until: float) -> int:
    """SIGKILL a worker every KILL_EVERY_S; the server starts another. Answers how many."""
    chance, kills, pause = random.Random(4), 0, threading.Event()
    while time.monotonic() + KILL_EVERY_S < until:
        pause.wait(KILL_EVERY_S)
        workers = workers_of(web)
        assert workers, "No worker is left."
        os.kill(chance.choice(workers), signal.SIGKILL)
        kills += 1
    pause.wait(max(0.0, until - time.monotonic()))
    return kills


def stored(cast: Cast) -> tuple[int, int]:
    """Rows, and those of them that bring a point that another row has brought."""
    ((rows, points),) = asked(
        cast,
        "SELECT sum(rows), sum(points) FROM (SELECT count(*) AS rows, "
        "count(DISTINCT sequence) AS points FROM telemetry_point GROUP BY session_id) AS flights",
    )
    return int(rows), int(rows - points)


def make_senders(cast: Cast, web: Web) -> list[Sender]:
    start = now() - AHEAD
    return [
        Sender(web.port, make_key(cast), flight_path(start_flight(cast)), start)
        for _ in range(DEVICES)
    ]


@pytest.mark.soak
@pytest.mark.timeout(SOAK_S + 2 * DRAIN_S + 120)
def test_killed_workers_lose_and_double_nothing(fresh_organization: Cast) -> None:
    web = Web("--workers", "2", "--respawn-failed-workers", **NO_LIMIT)
    with running(web):
        senders = make_senders(fresh_organization, web)
        with at_work(senders):
            threading.Event().wait(2)
            top = measured_rate(senders)
            for each in senders:
                each.interval_s = DEVICES * BATCH_POINTS / (top / 2)
            began, before = time.monotonic(), acknowledged(senders)
            kills = kill_now_and_then(web, until=began + SOAK_S)
            rate = (acknowledged(senders) - before) / (time.monotonic() - began)
    rows, doubled = stored(fresh_organization)
    statuses = sum((each.statuses for each in senders), Counter[int]())
    print(
        f"\n{SOAK_S:.0f} s at {rate:,.0f} points/s (top {top:,.0f}), {kills} kills: "
        f"{acknowledged(senders):,} acknowledged, {rows:,} stored, {doubled} doubled, "
        f"{statuses.total() - statuses[200]} retries {dict(statuses)}"
    )
    assert (rows, doubled) == (acknowledged(senders), 0)
    assert kills >= int(SOAK_S / KILL_EVERY_S) - 1
    assert statuses[0] > 0, "No request met a dead worker."
    assert set(statuses) <= {0, 200, 409, 503}
    assert rate > 0.4 * top, "The senders could not keep half of the top rate."
