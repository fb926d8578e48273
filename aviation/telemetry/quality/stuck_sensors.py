"""Does a sensor stand still that cannot, while the aircraft flies?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.channels import label_of
from aviation.telemetry.phases import Interval
from aviation.telemetry.quality.part import Part, Recording
from aviation.telemetry.quality.wording import seconds
from aviation.telemetry.record import Series

NAME = "stuck_sensors"
LONGEST_S: dict[str, float] = {
    "roll_deg": 30,
    "pitch_deg": 30,
    "yaw_deg": 60,
    "acceleration_x_ms2": 10,
    "acceleration_y_ms2": 10,
    "acceleration_z_ms2": 10,
    "roll_rate_dps": 10,
    "pitch_rate_dps": 10,
    "yaw_rate_dps": 10,
    "altitude_m": 120,
    "height_m": 120,
    "battery_voltage_v": 300,
}
"""Seconds in flight after which an unchanged value can no longer be chance. Long where senders
round: a battery reported in tenths of a volt, a cruise at a height in whole metres."""
FEWEST_SAMPLES = 30
SCORE_OF_ONE = 70.0
"""What is left when a sensor was stuck for a moment only; nothing when it was throughout."""


@dataclass(frozen=True, slots=True)
class _Stuck:
    channel: str
    start_s: float
    lasts_s: float


def judge(recording: Recording) -> Part:
    flying = recording.phases.flying
    looked_at = [name for name in LONGEST_S if name in recording.record.series]
    if not flying or not looked_at:
        reason = "nothing flew" if not flying else "it holds none of the sensors we look at"
        return Part(NAME, None, f"Not assessed: {reason}.")
    found = [
        stuck
        for name in looked_at
        for stretch in flying
        if (stuck := _longest_stand(name, recording.record.series[name], stretch)) is not None
    ]
    if not found:
        channels = "sensor" if len(looked_at) == 1 else "sensors"
        return Part(NAME, 100.0, f"{len(looked_at)} {channels} looked at in flight, none is stuck.")
    worst = max(found, key=lambda stuck: stuck.lasts_s)
    share = min(worst.lasts_s / max(recording.phases.flight_time_s, worst.lasts_s), 1.0)
    others = len({stuck.channel for stuck in found}) - 1
    return Part(NAME, SCORE_OF_ONE * (1 - share), _sentence(worst, others))


def _longest_stand(name: str, series: Series, stretch: Interval) -> _Stuck | None:
    """The longest time without any change, where it is longer than can be."""
    part = series.between(*stretch)
    if part is None or part.time_s.size < FEWEST_SAMPLES:
        return None
    changes = np.flatnonzero(np.diff(part.values) != 0) + 1
    starts = np.concatenate(([0], changes))
    ends = np.concatenate((changes, [part.time_s.size])) - 1
    lasts_s = np.where(
        ends - starts + 1 >= FEWEST_SAMPLES, part.time_s[ends] - part.time_s[starts], 0
    )
    longest = int(lasts_s.argmax())
    if lasts_s[longest] <= LONGEST_S[name]:
        return None
    return _Stuck(name, float(part.time_s[starts[longest]]), float(lasts_s[longest]))


def _sentence(worst: _Stuck, others: int) -> str:
    text = (
        f"{label_of(worst.channel)} did not change for {seconds(worst.lasts_s)} in flight, "
        f"from {worst.start_s:.1f} s on"
    )
    if others:
        text += f"; {others} more {'sensor is' if others == 1 else 'sensors are'} stuck, too"
    return f"{text}."
