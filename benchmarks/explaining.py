"""The time of statements in the database itself, without the driver's."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEDULED = Path("/proc")
"""Where Linux tells how long each process has run; elsewhere nobody knows."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Planning and execution by the clock, and how long the backend really ran for them."""

    clock_ms: float
    run_ms: float | None


def explained(cursor: Any, statements: Sequence[tuple[str, Any]]) -> Taken:
    """All of them together. Without the clock for each row of each step, which takes its own time:
    a third of a query over an hour's telemetry."""
    backend, total_ms = cursor.connection.info.backend_pid, 0.0
    before_ms = _run_ms(backend)
    for text, values in statements:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {text}", values)
        told = cursor.fetchone()[0]
        plan = told[0] if isinstance(told, list) else json.loads(told)[0]
        total_ms += float(plan["Planning Time"]) + float(plan["Execution Time"])
    after_ms = _run_ms(backend)
    return Taken(total_ms, None if before_ms is None or after_ms is None else after_ms - before_ms)


def p95_ms(times: Sequence[Taken]) -> float:
    return statistics.quantiles([each.clock_ms for each in times], n=20)[-1]


def median_ms(times: Sequence[Taken]) -> float:
    return statistics.median(each.clock_ms for each in times)


def spread(times: Sequence[Taken]) -> str:
    """``p95 of 200, median 1.20 ms; p95 of processor time 1.70 ms``: that one is the same on a
    busy machine."""
    told = f"p95 of {len(times)}, median {median_ms(times):.2f} ms"
    run_ms = [each.run_ms for each in times if each.run_ms is not None]
    if len(run_ms) < len(times):
        return told
    return f"{told}; p95 of processor time {statistics.quantiles(run_ms, n=20)[-1]:.2f} ms"


def _run_ms(process: int) -> float | None:
    try:
        told = (SCHEDULED / str(process) / "schedstat").read_text()
    except OSError:
        return None
    return int(told.split()[0]) / 1e6
