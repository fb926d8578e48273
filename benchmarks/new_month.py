"""What the first points of a month cost: eight senders at once, and nobody has its partition."""

from __future__ import annotations

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import world
from benchmarks.lines import Line, make_point, open_line
from benchmarks.report import Report
from tests.e2e.stack import environment, running_stack

NAMES = ("ingest.new_month",)
MOST_MS = 1_000.0
SENDERS, ORGANIZATIONS, POINTS = 8, 4, 50
MONTHS = range(2, 12)
"""So many months ago: older points than 400 days are refused."""


def run(report: Report) -> None:
    with TemporaryDirectory(prefix="dbx-bench-") as name:
        folder = Path(name)
        env = environment(world.DATABASE, folder / "media", folder, 0)
        with running_stack(env, folder) as stack:
            times = [
                took
                for _ in range(ORGANIZATIONS)
                for took in _of_an_organization(
                    open_line(stack.address, _months_ago(max(MONTHS) + 1))
                )
            ]
    _add(report, times)


def _of_an_organization(line: Line) -> list[float]:
    with ThreadPoolExecutor(SENDERS) as crowd:
        return [took for months in MONTHS for took in _all_at_once(crowd, line, months)]


def _all_at_once(crowd: ThreadPoolExecutor, line: Line, months: int) -> list[float]:
    """How long each of the senders waited for its answer, in milliseconds."""
    together = threading.Barrier(SENDERS)
    start_us = int(_months_ago(months).timestamp() * 1e6)

    def send(number: int) -> float:
        first_us = start_us + number * POINTS * 1_000
        points: list[dict[str, Any]] = [make_point(first_us + at * 1_000) for at in range(POINTS)]
        connection = line.open()
        connection.connect()
        together.wait()
        sent = time.perf_counter()
        if (status := line.send(connection, points)) != 200:
            raise RuntimeError(f"a sender was answered {status}")
        took_ms = (time.perf_counter() - sent) * 1e3
        connection.close()
        return took_ms

    return list(crowd.map(send, range(SENDERS)))


def _months_ago(count: int) -> datetime:
    """The 15th of that month, at noon UTC."""
    today = datetime.now(tz=UTC)
    middle = today.replace(day=15, hour=12, minute=0, second=0, microsecond=0)
    return (middle - timedelta(days=count * 30.4)).replace(day=15)


def _add(report: Report, times: list[float]) -> None:
    p99 = statistics.quantiles(times, n=100)[-1]
    report.add(
        name="ingest.new_month",
        value=p99,
        unit="ms",
        against=(
            f"p99 of {len(times)} whole requests, {SENDERS} at once into each of "
            f"{ORGANIZATIONS * len(MONTHS)} months without a partition; median "
            f"{statistics.median(times):.0f}, slowest {max(times):.0f} ms"
        ),
        ratio=None,
        goal=f"at most {MOST_MS:.0f} ms",
        holds=p99 <= MOST_MS,
    )
