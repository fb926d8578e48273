"""What a simulated flight shall be: the vehicle, when and where it flies, and what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

Vehicle = Literal["multirotor", "fixed_wing"]

SHORTEST_FLIGHT_S: dict[Vehicle, float] = {"multirotor": 90.0, "fixed_wing": 160.0}
"""Below this there is no room for take-off, a mission and a landing at a normal pace."""
LONGEST_FLIGHT_S = 1_200.0
"""Above this the healthy battery would come near its warning level."""


class FaultKind(StrEnum):
    MOTOR_LOSS = "motor_loss"
    VIBRATION_GROWTH = "vibration_growth"
    BATTERY_SAG = "battery_sag"
    GPS_LOSS = "gps_loss"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    ``begins_s`` counts from the start of the log. ``severity`` (0 mild, 1 worst) sets how abruptly
    a motor stops, how strong the vibration becomes, how fast the battery collapses and how few
    satellites remain.
    """

    kind: FaultKind
    begins_s: float
    severity: float = 0.7

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", FaultKind(self.kind))
        if not 0 <= self.severity <= 1:
            raise ValueError(f"severity must lie between 0 and 1, not {self.severity}")


@dataclass(frozen=True, slots=True)
class FlightPlan:
    """The input of the simulator; the same plan always makes the same bytes.

    ``duration_s`` is the length of the log when nothing goes wrong. A fault that ends the mission
    ends the log a few seconds after the aircraft has come to rest.
    """

    vehicle: Vehicle
    seed: int
    duration_s: float
    start_at: datetime
    home: tuple[float, float, float]
    """Latitude and longitude in degrees, altitude above sea level in metres."""
    fault: Fault | None = None

    def __post_init__(self) -> None:
        shortest = SHORTEST_FLIGHT_S[self.vehicle]
        if not shortest <= self.duration_s <= LONGEST_FLIGHT_S:
            raise ValueError(f"duration must lie between {shortest} and {LONGEST_FLIGHT_S} s")
        if self.start_at.utcoffset() != timedelta(0):
            raise ValueError("start_at must be a moment in UTC")
        if not (abs(self.home[0]) <= 85 and abs(self.home[1]) <= 180):
            raise ValueError(f"no such place to fly from: {self.home}")

    def fault_of(self, kind: FaultKind) -> Fault | None:
        """The plan's fault where it is of this kind."""
        return self.fault if self.fault is not None and self.fault.kind is kind else None


@dataclass(frozen=True, slots=True)
class Truth:
    """What really went wrong, to judge an analysis by. ``begins_s`` is on the log's boot clock."""

    kind: FaultKind | None
    begins_s: float | None
