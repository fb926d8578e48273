"""Vibration that propellers make, and what accelerometers suffer from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.grid import STEP_S, seconds
from aviation.telemetry.simulation.motion import Motion
from aviation.telemetry.simulation.noise import coloured, stream
from aviation.telemetry.simulation.plan import Fault, FaultKind, FlightPlan
from aviation.telemetry.simulation.propulsion import Propulsion

CLIPPING_MS2 = 16 * 9.80665
"""The range of a usual accelerometer."""
_QUIET_MS2 = 0.04
_TYPICAL_MS2 = {"multirotor": 1.5, "fixed_wing": 1.2}
_TYPICAL_RPM = {"multirotor": 5_190.0, "fixed_wing": 7_500.0}
_GROWTH_S = 3.5
_MILD_MS2, _WORSE_MS2 = 5.0, 15.0
"""A mild fault passes the first published limit only, a bad one the second too."""
_CLIPS_FROM_MS2 = 7.5
_AXIS_SHARE = np.array([0.2, 0.2, 0.32])
"""Deviation of the sampled acceleration for one m/s² of the metric."""
_IMPACT_CLIPS_PER_S = 8_000.0


@dataclass(frozen=True, slots=True)
class Vibration:
    metric_ms2: FloatArray
    """PX4's high-pass filtered level (n,)."""
    noise_ms2: FloatArray
    """Disturbance of each accelerometer sample (n, 3), body axes."""
    clipping: FloatArray
    """Clipped samples so far per axis (n, 3), whole numbers."""


def shake(plan: FlightPlan, motion: Motion, propulsion: Propulsion) -> Vibration:
    """Vibration grows with the square of the propeller speed, and with a damaged propeller."""
    rng = stream(plan.seed, "vibration")
    speed = np.mean(propulsion.rpm, axis=1) / _TYPICAL_RPM[plan.vehicle]
    liveliness = 1 + coloured(rng, (len(speed),), 0.8, 0.06)
    typical = _TYPICAL_MS2[plan.vehicle] * rng.uniform(0.85, 1.1)
    growth = _growth(plan.fault_of(FaultKind.VIBRATION_GROWTH), len(speed))
    metric = (_QUIET_MS2 + (typical + growth) * np.minimum(speed**2, 2.5)) * liveliness
    noise = rng.standard_normal((len(speed), 3)) * metric[:, None] * _AXIS_SHARE
    return Vibration(metric, noise, _clipping(rng, metric, motion))


def _growth(fault: Fault | None, count: int) -> FloatArray:
    if fault is None:
        return np.zeros(count)
    since = np.maximum(seconds(count) - fault.begins_s, 0)
    return (_MILD_MS2 + _WORSE_MS2 * fault.severity) * (1 - np.exp(-since / _GROWTH_S))


def _clipping(rng: np.random.Generator, metric: FloatArray, motion: Motion) -> FloatArray:
    """Rare at first, then ever more often; an impact drives all axes into their limits."""
    rate = 1.5 * np.maximum(metric - _CLIPS_FROM_MS2, 0) ** 2
    per_axis = rate[:, None] * np.array([0.6, 0.5, 1.0])
    beyond = np.abs(motion.specific_force_ms2) > CLIPPING_MS2
    expected = per_axis + beyond * _IMPACT_CLIPS_PER_S
    result: FloatArray = np.cumsum(rng.poisson(expected * STEP_S), axis=0).astype(float)
    return result
