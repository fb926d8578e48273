"""The score of a recording, a pure function of what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aviation.telemetry.quality import (
    clock,
    completeness,
    gaps,
    out_of_range,
    position_jumps,
    stuck_sensors,
)
from aviation.telemetry.quality.part import Part, Recording

VERSION = 1
"""Raised with any change that may alter a score or its words."""

WEIGHTS: dict[Callable[[Recording], Part], int] = {
    completeness.judge: 25,
    gaps.judge: 20,
    out_of_range.judge: 15,
    position_jumps.judge: 15,
    stuck_sensors.judge: 15,
    clock.judge: 10,
}
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class WeighedPart:
    """A part and how much it counts: nothing where it was not assessed."""

    part: Part
    weight: int


@dataclass(frozen=True, slots=True)
class Score:
    """``value`` is a whole number from 0 to 100: the parts' mean by weight."""

    value: int
    parts: tuple[WeighedPart, ...]


def score(recording: Recording) -> Score:
    parts = tuple(_weighed(judge(recording), weight) for judge, weight in WEIGHTS.items())
    total = sum(part.weight for part in parts)
    mean = sum(part.weight * (part.part.score or 0.0) for part in parts) / total
    return Score(round(min(max(mean, 0.0), 100.0)), parts)


def _weighed(part: Part, weight: int) -> WeighedPart:
    return WeighedPart(part, 0 if part.score is None else weight)
