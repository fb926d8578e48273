"""What a score's warnings were worth: how long before a failure they came, how often for nothing.

A warning begins on the first day above a limit and lasts while the score stays above it, day after
day. It was right when the aircraft failed during it or within 14 days after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.calculations.ranking import Numbers

Days = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Warnings:
    """Of one aircraft: days from the warning's beginning to each failure warned of, how many
    failures came without one, and how many warnings came to nothing."""

    lead_days: tuple[int, ...]
    missed: int
    false: int
    scored_days: int


def warnings_given(
    days: Days, scores: Numbers, failures: tuple[int, ...], *, above: float, horizon_days: int
) -> Warnings:
    """Judge the warnings of one aircraft. ``days`` are the scored ones, in ascending order."""
    runs = _runs(days[scores > above])
    known = [each for each in failures if days.size and days[0] < each <= days[-1] + 1]
    leads = [lead for each in known if (lead := _lead(runs, each, horizon_days)) is not None]
    false = sum(not _is_right(run, failures, horizon_days) for run in runs)
    return Warnings(tuple(leads), len(known) - len(leads), false, days.size)


def _lead(runs: list[tuple[int, int]], failure: int, horizon_days: int) -> int | None:
    """Days from the beginning of the newest warning that was right about this failure."""
    right = [begin for begin, end in runs if begin < failure <= end + horizon_days]
    return failure - right[-1] if right else None


def _is_right(run: tuple[int, int], failures: tuple[int, ...], horizon_days: int) -> bool:
    begin, end = run
    return any(begin < failure <= end + horizon_days for failure in failures)


def _runs(days: Days) -> list[tuple[int, int]]:
    """First and last of each unbroken run of days."""
    if not days.size:
        return []
    breaks = np.flatnonzero(np.diff(days) > 1)
    first = np.concatenate(([0], breaks + 1))
    last = np.concatenate((breaks, [days.size - 1]))
    return [(int(days[a]), int(days[b])) for a, b in zip(first, last, strict=True)]
