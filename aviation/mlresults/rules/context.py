"""What a rule sees of a flight: channels cleaned to physical limits, phases, hover and limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aviation.mlresults.rules.excursions import BoolArray, runs
from aviation.mlresults.thresholds import Threshold, Thresholds
from aviation.telemetry.channels import spec_of
from aviation.telemetry.phases import FlightPhases
from aviation.telemetry.record import FlightRecord, FloatArray, Series, VehicleType

CEILING = 1e9
"""No channel of an aircraft holds a larger figure; larger ones are recording faults."""
HOVER_TILT_DEG = 10.0
HOVER_CLIMB_MS = 0.5
HOVER_SPEED_MS = 3.0


@dataclass(frozen=True)
class FlightContext:
    """One flight as the rules see it; ``vehicle_type`` is the registered type, else the log's."""

    record: FlightRecord
    phases: FlightPhases
    vehicle_type: VehicleType
    thresholds: Thresholds

    def series(self, channel: str) -> Series | None:
        """A channel without the values that no aircraft can reach, or None where nothing is left.

        Such values are recording faults, not findings.
        """
        series = self.record.series.get(channel)
        if series is None:
            return None
        keep = _is_possible(channel, series.values)
        if keep.all():
            return series
        if not keep.any():
            return None
        return Series(series.time_s[keep], series.values[keep], series.source)

    def in_flight(self, channel: str) -> Series | None:
        """The samples of a channel taken in the air, or None."""
        series = self.series(channel)
        if series is None:
            return None
        airborne = self.is_airborne(series.time_s)
        if not airborne.any():
            return None
        return Series(series.time_s[airborne], series.values[airborne], series.source)

    def numbered(self, base: str) -> dict[int, Series]:
        """The channels ``base_1``, ``base_2`` ... that have samples, by number."""
        numbers = sorted(
            int(name[len(base) + 1 :])
            for name in self.record.series
            if name.startswith(f"{base}_") and name[len(base) + 1 :].isdigit()
        )
        found = {number: self.series(f"{base}_{number}") for number in numbers}
        return {number: series for number, series in found.items() if series is not None}

    def is_airborne(self, time_s: FloatArray) -> BoolArray:
        """Whether each moment (n,) lies in one of the flying intervals."""
        inside = np.zeros(time_s.shape, dtype=bool)
        for start_s, end_s in self.phases.flying:
            inside |= (time_s >= start_s) & (time_s <= end_s)
        return inside

    def is_on_ground(self, start_s: float, end_s: float) -> bool:
        """Whether no moment of the interval was in the air."""
        return not any(
            start_s <= flight_end_s and end_s >= flight_start_s
            for flight_start_s, flight_end_s in self.phases.flying
        )

    def threshold(self, threshold_id: str) -> Threshold:
        """A limit with the aircraft's own settings applied."""
        return self.thresholds[threshold_id].as_set_on(self.record.parameters)

    def is_in_scope(self, threshold_ids: Sequence[str]) -> bool:
        """Whether any of the limits is meant for this autopilot and vehicle."""
        return any(
            self.thresholds[threshold_id].applies_to(self.record.autopilot, self.vehicle_type)
            for threshold_id in threshold_ids
        )

    @cached_property
    def hovers(self) -> tuple[tuple[float, float], ...]:
        """Stretches in the air, level, hardly climbing and slow; none where attitude is unknown."""
        roll, pitch = self.series("roll_deg"), self.series("pitch_deg")
        if roll is None or pitch is None:
            return ()
        time_s = roll.time_s
        steady = self.is_airborne(time_s)
        steady &= np.maximum(np.abs(roll.values), np.abs(pitch.at(time_s))) <= HOVER_TILT_DEG
        for channel, most in (
            ("vertical_speed_ms", HOVER_CLIMB_MS),
            ("ground_speed_ms", HOVER_SPEED_MS),
        ):
            speed = self.series(channel)
            if speed is not None:
                steady &= np.abs(speed.at(time_s)) <= most
        first, last = runs(time_s, steady)
        return tuple(zip(time_s[first].tolist(), time_s[last].tolist(), strict=True))


def _is_possible(channel: str, values: FloatArray) -> BoolArray:
    spec = spec_of(channel)
    lower = -CEILING if spec.lower is None else spec.lower
    upper = CEILING if spec.upper is None else spec.upper
    possible: BoolArray = (values >= lower) & (values <= upper)
    return possible
