"""Stretches of a channel that lie beyond a limit.

A stretch ends where the channel comes back, where it stops being judged (landing), or where the
log has a hole: nothing is said about seconds that were not recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aviation.mlresults.thresholds import Level, Threshold
from aviation.telemetry.record import FloatArray

BoolArray = NDArray[np.bool_]

HOLE_S = 1.0
"""Samples further apart than this, and than five usual steps, have a hole between them."""
HOLE_STEPS = 5
EPISODE_GAP_S = 5.0
"""Stretches closer together than this are told as one episode."""
CLOCK_RESOLUTION_S = 1e-6
"""Boot-clock stamps are whole microseconds at best; 0.25 s must count as 0.25 s."""


@dataclass(frozen=True, slots=True)
class Excursion:
    """One stretch: ``peak`` is the worst value, at ``peak_s``; ``count`` stretches were merged."""

    start_s: float
    end_s: float
    peak: float
    peak_s: float
    count: int = 1


def hole_length_s(time_s: FloatArray) -> float:
    """How far apart two neighbouring samples may be and still count as continuous."""
    if time_s.size < 2:
        return HOLE_S
    return max(HOLE_S, HOLE_STEPS * float(np.median(np.diff(time_s))))


def runs(time_s: FloatArray, is_member: BoolArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last index of each unbroken run of members, holes in time breaking a run."""
    if not is_member.any():
        none = np.empty(0, dtype=np.intp)
        return none, none
    joined = is_member[1:] & is_member[:-1] & (np.diff(time_s) <= hole_length_s(time_s))
    first = np.flatnonzero(is_member & ~np.concatenate(([False], joined)))
    last = np.flatnonzero(is_member & ~np.concatenate((joined, [False])))
    return first, last


def excursions(
    time_s: FloatArray,
    values: FloatArray,
    threshold: Threshold,
    level: Level,
    judged: BoolArray | None = None,
) -> list[Excursion]:
    """The stretches beyond one level of a threshold that lasted its ``hold_s``.

    ``judged`` (n,) restricts the search. A stretch lasts until the first sample that is back, or
    to its last sample before a hole. Where a limit must be passed for a time, a lone sample is
    never enough: it may be a glitch.
    """
    limit = threshold.limit(level)
    if limit is None:
        return []
    is_bad = _beyond(values, limit, threshold)
    if judged is not None:
        is_bad &= judged
    first, last = runs(time_s, is_bad)
    end_s = _ends_s(time_s)[last]
    held = end_s - time_s[first] >= threshold.hold_s - CLOCK_RESOLUTION_S
    if threshold.hold_s:
        held &= last > first
    found = zip(first[held].tolist(), last[held].tolist(), end_s[held].tolist(), strict=True)
    return [
        _described(time_s, values, low, high, back_s, is_above=threshold.is_above)
        for low, high, back_s in found
    ]


def _beyond(values: FloatArray, limit: float, threshold: Threshold) -> BoolArray:
    if threshold.is_above:
        return values >= limit if threshold.counts_at_limit else values > limit
    return values <= limit if threshold.counts_at_limit else values < limit


def _ends_s(time_s: FloatArray) -> FloatArray:
    """How far each sample speaks: to the next sample, or no further where a hole follows."""
    following_s = np.append(time_s[1:], time_s[-1])
    return np.where(following_s - time_s <= hole_length_s(time_s), following_s, time_s)


def _described(
    time_s: FloatArray, values: FloatArray, low: int, high: int, end_s: float, *, is_above: bool
) -> Excursion:
    part = values[low : high + 1]
    worst = low + int(part.argmax() if is_above else part.argmin())
    return Excursion(float(time_s[low]), end_s, float(values[worst]), float(time_s[worst]))


def merged(
    found: Sequence[Excursion], *, is_above: bool, gap_s: float = EPISODE_GAP_S
) -> list[Excursion]:
    """Neighbouring stretches told as one where less than ``gap_s`` lies between them."""
    episodes: list[Excursion] = []
    for excursion in found:
        if episodes and excursion.start_s - episodes[-1].end_s < gap_s:
            episodes[-1] = _joined(episodes[-1], excursion, is_above=is_above)
        else:
            episodes.append(excursion)
    return episodes


def _joined(one: Excursion, other: Excursion, *, is_above: bool) -> Excursion:
    is_worse = other.peak > one.peak if is_above else other.peak < one.peak
    worse = other if is_worse else one
    return replace(
        one,
        end_s=max(one.end_s, other.end_s),
        peak=worse.peak,
        peak_s=worse.peak_s,
        count=one.count + other.count,
    )


def told(found: Sequence[Excursion], *, is_above: bool, most: int = 3) -> Iterator[Excursion]:
    """What a report tells: each episode, or all as one when there are more than ``most``."""
    episodes = merged(found, is_above=is_above)
    if len(episodes) > most:
        episodes = merged(found, is_above=is_above, gap_s=np.inf)
    yield from episodes
