"""Does the position move only as fast as the aircraft does?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.formats.wording import numbered
from aviation.telemetry.phases import Track, ground_distance_m, track_of
from aviation.telemetry.quality.part import Part, Recording
from aviation.telemetry.quality.wording import seconds
from aviation.telemetry.record import FloatArray, Series

NAME = "position_jumps"
NOISE_M = 10.0
"""A good receiver's position wanders by less between two samples."""
SPEED_FACTOR, SPEED_MARGIN_MS = 1.5, 5.0
FARTHEST_APART_S = 5.0
"""Across a longer pause nobody knows how fast it went."""
FEWEST_STEPS = 10
FIRST_COSTS, EACH_COSTS = 30.0, 7.0


@dataclass(frozen=True, slots=True)
class _Steps:
    """From one position to the next, all of shape (n,)."""

    begin_s: FloatArray
    lasts_s: FloatArray
    distance_m: FloatArray


def judge(recording: Recording) -> Part:
    speed = recording.record.series.get("ground_speed_ms")
    track = track_of(recording.record).within((recording.span,))
    if speed is None or track.time_s.size <= FEWEST_STEPS:
        what = "ground speed" if speed is None else "position"
        return Part(NAME, None, f"Not assessed: the recording holds too little {what}.")
    steps = _steps(track)
    if steps.begin_s.size < FEWEST_STEPS:
        return Part(NAME, None, "Not assessed: positions lie too far apart.")
    jumps = np.flatnonzero(steps.distance_m > _farthest_m(steps, speed))
    if not jumps.size:
        return Part(
            NAME, 100.0, f"{steps.begin_s.size:,} steps in position, all as the speed says."
        )
    score = max(0.0, 100 - FIRST_COSTS - EACH_COSTS * (jumps.size - 1))
    return Part(NAME, score, _sentence(steps, jumps))


def _steps(track: Track) -> _Steps:
    lasts_s = np.diff(track.time_s)
    distance_m = ground_distance_m(
        track.latitude[:-1], track.longitude[:-1], track.latitude[1:], track.longitude[1:]
    )
    near = lasts_s <= FARTHEST_APART_S
    return _Steps(track.time_s[:-1][near], lasts_s[near], distance_m[near])


def _farthest_m(steps: _Steps, speed: Series) -> FloatArray:
    """How far the aircraft can have come in each step, by its own speed at both ends."""
    fastest_ms = np.maximum(speed.at(steps.begin_s), speed.at(steps.begin_s + steps.lasts_s))
    farthest: FloatArray = NOISE_M + (SPEED_FACTOR * fastest_ms + SPEED_MARGIN_MS) * steps.lasts_s
    return farthest


def _sentence(steps: _Steps, jumps: np.ndarray[tuple[int], np.dtype[np.intp]]) -> str:
    worst = jumps[steps.distance_m[jumps].argmax()]
    count = numbered(jumps.size, "jump")
    return (
        f"{count} in position that the speed does not explain; the largest is "
        f"{steps.distance_m[worst]:,.0f} m in {seconds(float(steps.lasts_s[worst]))}, "
        f"at {steps.begin_s[worst]:.1f} s."
    )
