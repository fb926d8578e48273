"""Can the date and time of the flight be trusted?"""

from __future__ import annotations

import numpy as np

from aviation.flights.choices import FlightClock
from aviation.telemetry.quality.part import Clock, Part, Recording
from aviation.telemetry.quality.wording import seconds

NAME = "clock"
_UNCERTAIN_S = (0.0, 1.0, 10.0, 60.0, 3_600.0)
_SCORES = (100.0, 100.0, 80.0, 60.0, 20.0)
UNDATED_SCORE = 30.0
UNKNOWN_UNCERTAINTY_SCORE = 80.0
"""A clock of its own that nobody has compared with another."""
JUMP_COSTS = 20.0

_WORDS = {
    FlightClock.GPS: "GPS",
    FlightClock.LOG: "the log's own clock",
    FlightClock.STREAM: "the sender's clock",
    FlightClock.MANUAL: "what was entered by hand",
}


def judge(recording: Recording) -> Part:
    clock = recording.clock
    if clock.source == FlightClock.UPLOAD:
        return Part(NAME, UNDATED_SCORE, "Nothing in the log tells the date.")
    score = _trust(clock) - JUMP_COSTS * clock.jumps
    return Part(NAME, max(score, 0.0), _sentence(clock))


def _trust(clock: Clock) -> float:
    if clock.uncertainty_s is None:
        return UNKNOWN_UNCERTAINTY_SCORE
    return float(np.interp(abs(clock.uncertainty_s), _UNCERTAIN_S, _SCORES))


def _sentence(clock: Clock) -> str:
    text = f"Date and time come from {_WORDS[clock.source]}"
    if clock.uncertainty_s is None:
        text += "; how far it may be off is not known"
    else:
        text += f", within {seconds(abs(clock.uncertainty_s))}"
    if clock.jumps:
        text += f"; the clock went back {'once' if clock.jumps == 1 else f'{clock.jumps} times'}"
    return f"{text}."
