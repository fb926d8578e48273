"""Is what an aircraft of this kind should record there, from the first second to the last?"""

from __future__ import annotations

import numpy as np

from aviation.common.wording import listed
from aviation.telemetry.phases import Interval
from aviation.telemetry.quality.part import Part, Recording
from aviation.telemetry.quality.wording import share
from aviation.telemetry.record import FlightRecord, FloatArray, Series, VehicleType

NAME = "completeness"
HOLE_S = 5.0
HOLE_PERIODS = 5.0
"""A channel is missing where it has no sample for longer than both."""
WHOLE = 0.98
"""From this share on a channel counts as there throughout."""

_KINDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "GPS position": (("latitude", "longitude"),),
    "attitude": (("roll_deg", "pitch_deg"),),
    "battery": (("battery_voltage_v",), ("battery_percentage",)),
    "motors": (("motor_output_us_",), ("motor_rpm_",)),
}
"""Alternatives, each of channels that are all needed; a name that ends in _ is any motor's."""

_EXPECTED: dict[VehicleType, tuple[str, ...]] = {
    VehicleType.MULTIROTOR: ("GPS position", "attitude", "battery", "motors"),
    VehicleType.HELICOPTER: ("GPS position", "attitude", "battery", "motors"),
    VehicleType.VTOL: ("GPS position", "attitude", "battery", "motors"),
    # A fixed wing may be a glider: it owes us no motors.
    VehicleType.FIXED_WING: ("GPS position", "attitude", "battery"),
    VehicleType.ROVER: ("GPS position", "battery"),
    VehicleType.UNKNOWN: ("GPS position", "attitude", "battery"),
}
_AIRCRAFT = {
    VehicleType.MULTIROTOR: "a multirotor",
    VehicleType.HELICOPTER: "a helicopter",
    VehicleType.VTOL: "a VTOL",
    VehicleType.FIXED_WING: "a fixed wing",
    VehicleType.ROVER: "a ground vehicle",
    VehicleType.UNKNOWN: "any aircraft",
}


def judge(recording: Recording) -> Part:
    expected = _EXPECTED[recording.vehicle_type]
    shares = {kind: _share_of_kind(recording, kind) for kind in expected}
    score = 100 * sum(shares.values()) / len(shares)
    return Part(NAME, score, _sentence(shares, _AIRCRAFT[recording.vehicle_type]))


def _share_of_kind(recording: Recording, kind: str) -> float:
    return max(
        min(_share_of_channel(recording, name) for name in channels) for channels in _KINDS[kind]
    )


def _share_of_channel(recording: Recording, name: str) -> float:
    record = recording.record
    found = [
        series
        for each, series in record.series.items()
        if each == name or (name.endswith("_") and each.startswith(name))
    ]
    return max((covered_share(series, record) for series in found), default=0.0)


def covered_share(series: Series, record: FlightRecord) -> float:
    """The share of the recorded time in which the channel is there; 0 to 1.

    The recording's own gaps do not count against it: they have a part of their own.
    """
    edges = np.concatenate(([record.start_s], series.time_s, [record.end_s]))
    steps = np.diff(edges)
    period_s = float(np.median(steps[1:-1])) if series.time_s.size > 1 else 0.0
    holes = np.flatnonzero(steps > max(HOLE_S, HOLE_PERIODS * period_s))
    in_gaps = _gap_time(edges, record.gaps)
    lost_s = float((steps - np.diff(in_gaps))[holes].sum())
    recorded_s = record.duration_s - float(in_gaps[-1] - in_gaps[0])
    return float(np.clip(1 - lost_s / recorded_s, 0, 1)) if recorded_s > 0 else 1.0


def _gap_time(at_s: FloatArray, gaps: tuple[Interval, ...]) -> FloatArray:
    """The seconds of gaps that lie before each moment."""
    if not gaps:
        return np.zeros(at_s.shape)
    edges = np.array(gaps).ravel()
    sums = np.cumsum(np.diff(np.array(gaps), axis=1))
    before = np.concatenate(([0.0], np.repeat(sums, 2)[:-1]))
    so_far: FloatArray = np.interp(at_s, edges, before)
    return so_far


def _sentence(shares: dict[str, float], aircraft: str) -> str:
    there = [kind for kind, found in shares.items() if found > 0]
    missing = [kind for kind, found in shares.items() if found == 0]
    partly = [
        f"{kind} for {share(found)} of the time"
        for kind, found in shares.items()
        if 0 < found < WHOLE
    ]
    verb = "is" if len(there) == 1 else "are"
    how_many = f"{len(there)} of the" if missing else "All"
    text = (
        f"{how_many} {len(shares)} kinds of data expected of {aircraft} {verb} there"
        f"{': ' if there else ''}{listed(there)}"
    )
    if missing:
        text += f"; missing: {listed(missing)}"
    if partly:
        text += f"; {listed(partly)}"
    return f"{text}."
