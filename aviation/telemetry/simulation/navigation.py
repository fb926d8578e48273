"""What the satellite receiver reports and what the estimator makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.grid import BoolArray, integral, seconds, smooth
from aviation.telemetry.simulation.motion import Motion
from aviation.telemetry.simulation.noise import coloured, stream
from aviation.telemetry.simulation.plan import Fault, FaultKind, FlightPlan

FAILSAFE_AFTER_S = 5.0
"""PX4 gives a position up when nothing has aided it for EKF2_NOAID_TOUT."""
_FADE_S = 1.6
_DRIFT_LIMIT_MS = 2.5


@dataclass(frozen=True, slots=True)
class Receiver:
    """The satellite receiver's output, all (n,) but the vectors (n, 3)."""

    position_m: FloatArray
    velocity_ms: FloatArray
    fix_type: FloatArray
    satellites: FloatArray
    hdop: FloatArray
    horizontal_accuracy_m: FloatArray
    vertical_accuracy_m: FloatArray
    speed_accuracy_ms: FloatArray
    jamming: FloatArray


@dataclass(frozen=True, slots=True)
class Estimate:
    """The estimator's output, in north, east, down from home."""

    position_m: FloatArray
    velocity_ms: FloatArray
    horizontal_error_m: FloatArray
    vertical_error_m: FloatArray
    is_dead_reckoning: BoolArray
    has_position: BoolArray
    ratios: dict[str, FloatArray]
    """Innovation test ratios by what is tested: velocity, position, height, compass, airspeed."""


def receive(plan: FlightPlan, motion: Motion) -> Receiver:
    """Position, speed and quality figures of a good receiver, or of one that loses its signal."""
    rng = stream(plan.seed, "receiver")
    count = len(motion)
    fault = plan.fault_of(FaultKind.GPS_LOSS)
    signal = _signal(fault, count)
    lost_s = _seconds_without(fault, count)
    wander = coloured(rng, (count, 3), 40.0, 0.35) * np.array([1.0, 1.0, 1.7])
    satellites = _satellites(rng, fault, signal)
    hdop = 0.72 * np.sqrt(17 / np.maximum(satellites, 1)) + coloured(rng, (count,), 9.0, 0.02)
    hdop = np.where(signal > 0.98, hdop, np.minimum(hdop / np.maximum(signal, 0.05) ** 2, 25.0))
    accuracy = 0.75 + coloured(rng, (count,), 12.0, 0.04)
    worse = 6.0 * (1 / np.maximum(signal, 0.1) - 1) + 1.5 * lost_s
    return Receiver(
        _frozen(motion.position_m + wander, signal),
        _frozen(motion.velocity_ms + coloured(rng, (count, 3), 0.2, 0.05), signal),
        _fix_type(fault, signal),
        satellites,
        hdop,
        accuracy + worse,
        1.4 * accuracy + 1.6 * worse,
        0.22 + coloured(rng, (count,), 8.0, 0.02) + 0.3 * worse,
        np.clip(np.round(18 + coloured(rng, (count,), 15.0, 2.0)), 0, 255),
    )


def _signal(fault: Fault | None, count: int) -> FloatArray:
    """1 with an open sky, 0 once the signal is gone."""
    if fault is None:
        return np.ones(count)
    return np.clip(1 - (seconds(count) - fault.begins_s) / _FADE_S, 0.0, 1.0)


def _seconds_without(fault: Fault | None, count: int) -> FloatArray:
    if fault is None:
        return np.zeros(count)
    return np.maximum(seconds(count) - fault.begins_s - _FADE_S, 0.0)


def _satellites(rng: np.random.Generator, fault: Fault | None, signal: FloatArray) -> FloatArray:
    usual = rng.integers(16, 20) + coloured(rng, signal.shape, 25.0, 0.7)
    left = 0.0 if fault is None else 5.0 * (1 - fault.severity)
    usual = np.clip(usual, 14, 23)
    result: FloatArray = np.round(usual * signal + left * (1 - signal))
    return result


def _fix_type(fault: Fault | None, signal: FloatArray) -> FloatArray:
    """3 three-dimensional, 2 without height, 1 searching, 0 nothing."""
    none = 0.0 if fault is not None and fault.severity > 0.8 else 1.0
    return np.where(signal > 0.6, 3.0, np.where(signal > 0.35, 2.0, none))


def _frozen(values: FloatArray, signal: FloatArray) -> FloatArray:
    """A receiver without a fix repeats its last one."""
    last = int(np.searchsorted(signal < 0.35, True))
    held = values.copy()
    held[last:] = values[min(last, len(values) - 1)]
    return held


def estimate(plan: FlightPlan, motion: Motion) -> Estimate:
    """The fused position and velocity; without satellites they drift away."""
    rng = stream(plan.seed, "estimator")
    count = len(motion)
    fault = plan.fault_of(FaultKind.GPS_LOSS)
    alone_s = _seconds_without(fault, count)
    error = coloured(rng, (count, 3), 15.0, 0.25)
    drift_speed = _drift(rng, fault, alone_s)
    velocity_error = coloured(rng, (count, 3), 2.0, 0.03)
    position = motion.position_m + error + integral(drift_speed)
    return Estimate(
        position - position[0] * np.exp(-seconds(count) / 30)[:, None],
        motion.velocity_ms + velocity_error + drift_speed,
        0.35 + 0.45 * alone_s + 0.03 * alone_s**2,
        np.full(count, 0.4),
        alone_s > 1.0,
        alone_s <= FAILSAFE_AFTER_S,
        _ratios(plan, rng, fault, count),
    )


def _drift(rng: np.random.Generator, fault: Fault | None, alone_s: FloatArray) -> FloatArray:
    """Velocity error (n, 3) that a small tilt error builds up with nothing to correct it."""
    direction = rng.uniform(-np.pi, np.pi)
    pace = 0.0 if fault is None else 0.06 + 0.1 * fault.severity
    speed = _DRIFT_LIMIT_MS * np.tanh(pace * alone_s / _DRIFT_LIMIT_MS)
    return np.outer(speed, [np.cos(direction), np.sin(direction), 0.0])


def _ratios(
    plan: FlightPlan, rng: np.random.Generator, fault: Fault | None, count: int
) -> dict[str, FloatArray]:
    def usual(level: float) -> FloatArray:
        """Squares of well-behaved innovations: positive, and small for most of the time."""
        squares = np.sum(coloured(rng, (count, 2), 0.6, 0.7) ** 2, axis=1)
        result: FloatArray = level * np.minimum(squares, 5.0)
        return result

    rejected = _rejected(fault, count)
    return {
        "velocity": usual(0.03) + rejected,
        "position": usual(0.02) + 1.2 * rejected,
        "height": usual(0.02),
        "compass": usual(0.03),
        "airspeed": usual(0.025) * (plan.vehicle == "fixed_wing"),
    }


def _rejected(fault: Fault | None, count: int) -> FloatArray:
    """The last, bad fixes disagree more and more with the inertial sensors; then none come."""
    if fault is None:
        return np.zeros(count)
    since = np.maximum(seconds(count) - fault.begins_s, 0)
    return smooth((1.2 + 2.0 * fault.severity) * np.clip(since / 3.0, 0, 1), 0.5)
