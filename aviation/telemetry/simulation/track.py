"""Where an aircraft was meant to be at each moment, before wind and control errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from aviation.telemetry.record import FloatArray

ARMED_S = 3.0
"""Seconds from the start of the log to arming."""
ENGINES_UP_S = 6.0
"""Seconds from the start of the log to the beginning of the take-off."""


class Mode(IntEnum):
    """PX4's flight modes, by the numbers in its ``vehicle_status.nav_state``."""

    MISSION = 3
    HOLD = 4
    RETURN = 5
    DESCEND = 12
    TERMINATION = 13
    TAKEOFF = 17
    LAND = 18


@dataclass(frozen=True, slots=True)
class Track:
    """A smooth path over the whole log.

    ``position_m`` (n, 3) is north, east, down from home; ``heading_rad`` (n,) is unwrapped.
    """

    position_m: FloatArray
    heading_rad: FloatArray
    modes: tuple[tuple[float, Mode], ...]
    """Moments (seconds from the start of the log) at which a mode begins."""
    rest_s: float
    """The moment after which the aircraft stands still."""


@dataclass(frozen=True, slots=True)
class Diversion:
    """The end of a mission by a failsafe: from ``at_s`` on the aircraft comes down where it is."""

    at_s: float
    modes: tuple[tuple[float, Mode], ...]
    drift_ms: tuple[float, float] = (0.0, 0.0)
    """North and east; without a position a multirotor goes with the wind."""
    hold_s: float = 0.0
    """Seconds of level flight before the descent (an aeroplane circles meanwhile)."""
    is_powered: bool = True
