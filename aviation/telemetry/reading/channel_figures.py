"""The figures of one channel over a stretch of a flight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

HEADINGS = frozenset({"yaw_deg", "yaw_setpoint_deg"})
"""Channels whose values turn full circle: between 359° and 1° lies 0°."""


@dataclass(frozen=True, slots=True)
class ChannelStatistics:
    """Figures of one channel; None where it has no value in the stretch."""

    count: int
    min: float | None
    max: float | None
    mean: float | None
    standard_deviation: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    first_at: datetime | None
    last_at: datetime | None
    mean_direction_deg: float | None
    """Of headings only: 0 to 360, where 359 and 1 make 0 and not 180."""


NOTHING = ChannelStatistics(0, *[None] * 10)
"""Of a channel without a value in the stretch."""
