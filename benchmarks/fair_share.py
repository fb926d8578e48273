"""What one organization's flood costs another: B's batches alone, and beside A at ten times its
rate limit. A sends from a process of its own, so that B's clock does not measure its sender.

Rounds alone and beside take turns, so that the machine's moods come to both. B sends at moments
that are not A's: two even paces would meet at the same point of a period all through a round, and
a round would count for a single measurement. How far a p95 of so many batches is to be trusted is
told by drawing rounds anew from those that were run.
"""

from __future__ import annotations

import multiprocessing
import random
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import chain
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import world
from benchmarks.lines import Line, make_point, open_line
from benchmarks.report import Report
from tests.e2e.stack import environment, running_stack

NAMES = ("ingest.fair_share",)
MOST = 1.20
TIMES_THE_LIMIT = 10
SENDERS = 8
"""Connections of A's."""
B_EACH_S, POINTS = 10.0, 20
UNEVEN = 0.5
"""B sends up to this part of its pace later than evenly."""
WARM_UP = 60
"""B's first batches are not timed: they open the server's connections."""
ROUNDS, ROUND_S = 12, 6.0
SETTLED_S = 1.0
"""After a change from alone to beside, before B is timed: A first uses up what it may send at once
after a pause."""
DRAWN = 1_000

Rounds = list[list[float]]
"""B's times by round, in milliseconds."""


def run(report: Report) -> None:
    with TemporaryDirectory(prefix="dbx-bench-") as folder, _server(Path(folder)) as address:
        flooding, sending = open_line(address), open_line(address)
        limit_s = _limit_each_s()
        alone: Rounds = []
        beside: Rounds = []
        _warm_up(sending)
        with _flood(flooding, TIMES_THE_LIMIT * limit_s) as (is_flooding, answers):
            for _ in range(ROUNDS):
                is_flooding.clear()
                alone.append(_times_ms(sending))
                is_flooding.set()
                beside.append(_times_ms(sending))
    _add(report, alone, beside, answers.value / (ROUNDS * ROUND_S))


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    with running_stack(environment(world.DATABASE, folder / "media", folder, 0), folder) as stack:
        yield stack.address


def _limit_each_s() -> float:
    from django.conf import settings

    return float(settings.RATE_LIMITS["telemetry"].per_minute) / 60


def _points() -> list[dict[str, Any]]:
    """Points of the last two hundredths of a second: no two batches hold the same."""
    now_us = time.time_ns() // 1_000
    moments = range(now_us - 1_000 * POINTS, now_us, 1_000)
    return [make_point(at) for at in moments]


def _warm_up(line: Line) -> None:
    connection = line.open()
    for _ in range(WARM_UP):
        _must_send(line, connection, _points())
    connection.close()


def _times_ms(line: Line) -> list[float]:
    """B's answers, at its pace whatever the last one took."""
    connection, pause, times = line.open(), threading.Event(), []
    began = time.perf_counter()
    for number in range(int(ROUND_S * B_EACH_S)):
        due_at = began + (number + UNEVEN * random.random()) / B_EACH_S  # noqa: S311
        pause.wait(max(0.0, due_at - time.perf_counter()))
        points, sent = _points(), time.perf_counter()
        _must_send(line, connection, points)
        if sent - began > SETTLED_S:
            times.append((time.perf_counter() - sent) * 1e3)
    connection.close()
    return times


def _must_send(line: Line, connection: HTTPConnection, points: list[dict[str, Any]]) -> None:
    if (status := line.send(connection, points)) != 200:
        raise RuntimeError(f"B was answered {status}")


@contextmanager
def _flood(line: Line, each_s: float) -> Iterator[tuple[Event, Synchronized[int]]]:
    """A process that floods while the event is set; what it may send at once is used up first.

    The number counts its answers.
    """
    spawn = multiprocessing.get_context("spawn")
    answers: Synchronized[int] = spawn.Value("l", 0)
    is_flooding, is_ready, is_over = spawn.Event(), spawn.Event(), spawn.Event()
    work = (line, each_s, answers, is_flooding, is_ready, is_over)
    process = spawn.Process(target=flood, args=work)
    process.start()
    try:
        if not is_ready.wait(120):
            raise RuntimeError("the flood did not begin")
        yield is_flooding, answers
    finally:
        is_over.set()
        is_flooding.set()
        process.join()


def flood(
    line: Line,
    each_s: float,
    answers: Synchronized[int],
    is_flooding: Event,
    is_ready: Event,
    is_over: Event,
) -> None:
    """Runs in the other process."""
    with ThreadPoolExecutor(SENDERS) as crowd:
        list(crowd.map(_use_up, [line] * SENDERS))
    is_ready.set()
    work = (line, each_s / SENDERS, answers, is_flooding, is_over)
    threads = [threading.Thread(target=_keep_sending, args=work) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _use_up(line: Line) -> None:
    """Send until the limit is reached: one after the other may be too slow for that."""
    connection = line.open()
    while line.send(connection, _points()) != 429:
        pass
    connection.close()


def _keep_sending(
    line: Line, each_s: float, answers: Synchronized[int], is_flooding: Event, is_over: Event
) -> None:
    connection, pause = line.open(), threading.Event()
    due_at = time.perf_counter()
    while is_flooding.wait() and not is_over.is_set():
        if line.send(connection, _points()):
            with answers.get_lock():
                answers.value += 1
        due_at = max(due_at + 1 / each_s, time.perf_counter() - 0.1)
        pause.wait(max(0.0, due_at - time.perf_counter()))


def _add(report: Report, alone: Rounds, beside: Rounds, flood_s: float) -> None:
    before, after = _p95(alone), _p95(beside)
    low, high = _spread(alone, beside)
    report.add(
        name="ingest.fair_share",
        value=after,
        unit="ms",
        against=(
            f"B's p95 alone {before:.1f} ms, {sum(map(len, alone))} batches of {POINTS} points "
            f"each; medians {_median(alone):.1f} and {_median(beside):.1f} ms; "
            f"A gets {flood_s:.0f} answers a second; with these rounds drawn anew, 90 % of the "
            f"ratios are {low:.2f} to {high:.2f}"
        ),
        ratio=after / before,
        goal=f"at most {MOST:.2f} of it",
        holds=after <= MOST * before,
    )


def _spread(alone: Rounds, beside: Rounds) -> tuple[float, float]:
    """Between which ratios the middle 90 % lie when rounds are drawn anew, with repetition.

    A round alone and the one beside after it stay together, as they saw the same machine.
    """
    pairs = list(zip(alone, beside, strict=True))
    ratios = []
    for _ in range(DRAWN):
        drawn = random.choices(pairs, k=len(pairs))  # noqa: S311
        before, after = zip(*drawn, strict=True)
        ratios.append(_p95(after) / _p95(before))
    cuts = statistics.quantiles(ratios, n=20)
    return cuts[0], cuts[-1]


def _p95(rounds: Sequence[list[float]]) -> float:
    return statistics.quantiles(chain.from_iterable(rounds), n=20)[-1]


def _median(rounds: Rounds) -> float:
    return statistics.median(chain.from_iterable(rounds))
