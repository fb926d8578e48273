"""What the score is made of, and what it is made from."""

from __future__ import annotations

from dataclasses import dataclass

from aviation.flights.choices import FlightClock
from aviation.telemetry.phases import FlightPhases
from aviation.telemetry.record import FlightRecord, VehicleType


@dataclass(frozen=True, slots=True)
class Part:
    """One side of the recording. ``score`` is 0 to 100; None stands for "not assessed"."""

    name: str
    score: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Refused:
    """How much of what came was left out as impossible: ``count`` of ``total`` values or points."""

    count: int
    total: int
    noun: str


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the flight's date and time come from."""

    source: FlightClock
    uncertainty_s: float | None = None
    jumps: int = 0
    """How often the sender's clock went back."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything the score looks at. ``vehicle_type`` is the one the flight is judged by."""

    record: FlightRecord
    phases: FlightPhases
    vehicle_type: VehicleType
    clock: Clock
    refused: Refused | None
    """None where nobody counted."""

    @property
    def span(self) -> tuple[float, float]:
        """Take-off to landing; all of the recording where nothing flew."""
        start_s, end_s = self.phases.takeoff_s, self.phases.landing_s
        if start_s is None or end_s is None:
            return self.record.start_s, self.record.end_s
        return start_s, end_s
