"""A parsed flight log in canonical form: what every importer returns and every analysis reads.

Times are seconds on the log's own boot clock (float64), so that a finding's second is the second
a pilot sees in any other viewer. The UTC moment of the clock's zero is kept beside it, with where
it came from and how far it may be off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Series:
    """One channel: strictly increasing ``time_s`` and finite ``values``, both of shape (n,), n > 0.

    ``source`` names the log's own message and field, such as ``battery_status.voltage_v``.
    """

    time_s: FloatArray
    values: FloatArray
    source: str = ""

    def between(self, start_s: float, end_s: float) -> Series | None:
        """The part with start_s <= time <= end_s, or None where it holds no sample."""
        low, high = np.searchsorted(self.time_s, [start_s, np.nextafter(end_s, np.inf)])
        if high <= low:
            return None
        return Series(self.time_s[low:high], self.values[low:high], self.source)

    def at(self, time_s: FloatArray) -> FloatArray:
        """Linear interpolation at ``time_s``; the ends are held."""
        return np.interp(time_s, self.time_s, self.values)

    def held_at(self, time_s: FloatArray) -> FloatArray:
        """The newest value at or before each ``time_s``; the first value before the first."""
        index = np.searchsorted(self.time_s, time_s, side="right") - 1
        return self.values[np.maximum(index, 0)]


class Autopilot(StrEnum):
    PX4 = "px4"
    ARDUPILOT = "ardupilot"
    UNKNOWN = "unknown"


class VehicleType(StrEnum):
    """What the log itself declares; the aircraft's registered type overrides it."""

    MULTIROTOR = "multirotor"
    FIXED_WING = "fixed_wing"
    VTOL = "vtol"
    HELICOPTER = "helicopter"
    ROVER = "rover"
    UNKNOWN = "unknown"


class EventKind(StrEnum):
    MODE = "mode"  # code: the mode's name
    ARMED = "armed"
    DISARMED = "disarmed"
    TAKEOFF = "takeoff"
    LANDING = "landing"
    MESSAGE = "message"  # a text the autopilot logged
    ERROR = "error"  # an error the autopilot itself recorded; code such as "ekf_check"
    FAILSAFE = "failsafe"  # a failsafe the autopilot itself took; code such as "battery"
    RECOVERED = "recovered"  # the end of an error or failsafe; code as at its begin


class EventLevel(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class LogEvent:
    time_s: float
    kind: EventKind
    code: str
    text: str
    level: EventLevel = EventLevel.INFO
    source: str = ""


class NoteKind(StrEnum):
    KEPT = "kept"
    SKIPPED = "skipped"
    REPAIRED = "repaired"


@dataclass(frozen=True, slots=True)
class ImportNote:
    """One line of the import report: what was kept, skipped or repaired, in plain words."""

    kind: NoteKind
    text: str


class ClockSource(StrEnum):
    GPS = "gps"
    LOG = "log"  # the file carries wall-clock times itself
    NONE = "none"  # nothing in the file tells the date


@dataclass(frozen=True, slots=True)
class FlightRecord:
    """One log, parsed. Immutable; arrays are never written to after construction."""

    format: str
    """``ulog``, ``dataflash`` or ``csv``."""
    series: Mapping[str, Series]
    """By canonical channel name (see channels.py). A sensor that is not there has no entry:
    a constant 0.0 V, HDOP 99.99 or fix 0 with 0 satellites throughout means "no data"."""
    start_s: float
    end_s: float
    """First and last sample on the boot clock."""
    autopilot: Autopilot = Autopilot.UNKNOWN
    vehicle_type: VehicleType = VehicleType.UNKNOWN
    firmware: str = ""
    hardware: str = ""
    events: tuple[LogEvent, ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)
    gaps: tuple[tuple[float, float], ...] = ()
    """Stretches (start_s, end_s) in which the logger wrote nothing, longer than a second."""
    boot_at: datetime | None = None
    """UTC of boot-clock zero."""
    clock_source: ClockSource = ClockSource.NONE
    clock_uncertainty_s: float | None = None
    notes: tuple[ImportNote, ...] = ()
    impossible_count: int = 0
    """Values left out because they lie outside what is physically possible."""

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    def utc(self, time_s: float) -> datetime | None:
        """The UTC moment of a boot-clock second, where the log tells the date."""
        return None if self.boot_at is None else self.boot_at + timedelta(seconds=time_s)
