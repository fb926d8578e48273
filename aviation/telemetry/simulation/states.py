"""Armed, landed, mode, failsafe: the autopilot's own record of the flight, and its messages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.grid import STEP_S, BoolArray, index_at, seconds
from aviation.telemetry.simulation.track import ARMED_S, Mode
from aviation.telemetry.simulation.ulog_writer import LogLevel

_DISARM_AFTER_S = 2.5
_LANDING_NOTICED_S = 0.8
_ACTING_S = 0.05
"""A failsafe follows its cause by a few cycles of the autopilot."""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of the autopilot's log, in seconds from the log's start."""

    time_s: float
    level: LogLevel
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure that the autopilot noticed, by its bits in ``failure_detector_status``."""

    at_s: float
    bits: int


CRASH = "Crash detected"
ROLL_FAILURE, PITCH_FAILURE, MOTOR_FAILURE = 1, 2, 128


@dataclass(frozen=True, slots=True)
class Moments:
    """The flight's turning points, in seconds from the log's start."""

    armed_s: float
    lift_off_s: float
    touchdown_s: float
    disarmed_s: float


@dataclass(frozen=True, slots=True)
class States:
    """On the common grid, all (n,)."""

    moments: Moments
    is_armed: BoolArray
    is_landed: BoolArray
    mode: NDArray[np.uint8]
    is_failsafe: BoolArray
    failure_bits: NDArray[np.uint16]
    texts: tuple[Text, ...]


def observe(
    airborne: FloatArray,
    modes: tuple[tuple[float, Mode], ...],
    rest_s: float,
    *,
    failsafe_s: float | None = None,
    failures: tuple[Failure, ...] = (),
    texts: tuple[Text, ...] = (),
) -> States:
    """The states that follow from when the aircraft was in the air.

    Raises ValueError for a motion that never leaves the ground.
    """
    time_s = seconds(len(airborne))
    at = _moments(airborne, rest_s)
    return States(
        moments=at,
        is_armed=(time_s >= at.armed_s) & (time_s < at.disarmed_s),
        is_landed=(time_s < at.lift_off_s) | (time_s > at.touchdown_s + _LANDING_NOTICED_S),
        mode=_modes(len(airborne), modes),
        is_failsafe=time_s >= (np.inf if failsafe_s is None else failsafe_s + _ACTING_S),
        failure_bits=_failure_bits(len(airborne), failures),
        texts=tuple(text for text in _texts(texts, at) if text.time_s < time_s[-1]),
    )


def _moments(airborne: FloatArray, rest_s: float) -> Moments:
    flying = np.flatnonzero(airborne > 0.5)
    if not len(flying):
        raise ValueError("the aircraft never leaves the ground")
    lift_off_s, touchdown_s = float(flying[0] * STEP_S), float(flying[-1] * STEP_S)
    return Moments(ARMED_S, lift_off_s, touchdown_s, max(rest_s, touchdown_s) + _DISARM_AFTER_S)


def _modes(count: int, modes: tuple[tuple[float, Mode], ...]) -> NDArray[np.uint8]:
    result = np.zeros(count, np.uint8)
    for start_s, mode in modes:
        result[index_at(start_s) :] = mode
    return result


def _failure_bits(count: int, failures: tuple[Failure, ...]) -> NDArray[np.uint16]:
    result = np.zeros(count, np.uint16)
    for failure in failures:
        result[index_at(failure.at_s) :] |= np.uint16(failure.bits)
    return result


def _texts(extra: tuple[Text, ...], at: Moments) -> tuple[Text, ...]:
    landing_s = at.touchdown_s + _LANDING_NOTICED_S
    usual = (
        Text(at.armed_s, LogLevel.INFO, "[commander] Armed by mission start"),
        Text(at.lift_off_s, LogLevel.INFO, "[commander] Takeoff detected"),
        Text(landing_s, LogLevel.INFO, "[commander] Landing detected"),
        Text(at.disarmed_s, LogLevel.INFO, "[commander] Disarmed by landing"),
    )
    # A crash is reported instead of a landing.
    kept = usual[:2] if any(CRASH in text.text for text in extra) else usual
    return tuple(sorted((*kept, *extra), key=lambda text: text.time_s))
