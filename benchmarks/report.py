"""The table a benchmark run prints and the file it leaves."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. ``ratio`` is value to that of ``against``; ``goal`` is told in words."""

    name: str
    value: float
    unit: str
    against: str
    ratio: float | None
    goal: str
    holds: bool


@dataclass
class Report:
    only: str = field(default_factory=lambda: os.environ.get("ONLY", ""))
    rows: list[Row] = field(default_factory=list)

    def wants(self, prefix: str) -> bool:
        """Whether any name that begins with ``prefix`` is asked for."""
        return prefix.startswith(self.only) or self.only.startswith(prefix)

    def add(
        self,
        *,
        name: str,
        value: float,
        unit: str,
        against: str,
        ratio: float | None,
        goal: str,
        holds: bool,
    ) -> None:
        if not name.startswith(self.only):
            return
        row = Row(name, value, unit, against, ratio, goal, holds)
        self.rows.append(row)
        print(_line(row), flush=True)

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([asdict(row) for row in self.rows], indent=2) + "\n")


def heading() -> str:
    return f"{'name':<30} {'value':>12} {'unit':<7} {'ratio':>7}  {'holds':<5} goal; against"


def _line(row: Row) -> str:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    holds = "yes" if row.holds else "NO"
    return (
        f"{row.name:<30} {row.value:>12,.4g} {row.unit:<7} {ratio:>7}  {holds:<5} "
        f"{row.goal}; {row.against}"
    )


def alternate(*works: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Median seconds of each, in alternating rounds after one warm-up of each.

    Alternating spreads the machine's moods over all of them alike.
    """
    for work in works:
        work()
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for index, work in enumerate(works):
            began = time.perf_counter()
            work()
            seconds[index].append(time.perf_counter() - began)
    return [statistics.median(each) for each in seconds]
