"""The battery: charge used, voltage under load, and the autopilot's estimate of what is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.airframes import Pack
from aviation.telemetry.simulation.grid import integral, seconds, smooth, trailing_mean
from aviation.telemetry.simulation.noise import coloured, stream
from aviation.telemetry.simulation.plan import Fault, FaultKind, FlightPlan

LOW, CRITICAL, EMERGENCY = 0.15, 0.07, 0.05
"""PX4's warning levels as a share of the charge (BAT_LOW_THR, BAT_CRIT_THR, BAT_EMERGEN_THR)."""
_CHARGE = [0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
_CELL_V = [3.27, 3.55, 3.65, 3.71, 3.74, 3.77, 3.80, 3.84, 3.91, 3.99, 4.08, 4.19]
"""Open-circuit voltage of a lithium polymer cell; typical data-sheet values."""
_RELAXATION_OHM_SHARE = 0.35
_RELAXATION_S = 20.0
_VOLT_NOISE = 0.012
_LOST_CELL_V = 0.6
_EXTRA_RESISTANCE = 2.0
"""A failed pack: volts that each cell loses without load, and how much its resistance grows."""


@dataclass(frozen=True, slots=True)
class SagMoments:
    """When a collapsing battery passes the warning levels, in seconds from the log's start."""

    low_s: float
    critical_s: float
    emergency_s: float


@dataclass(frozen=True, slots=True)
class Battery:
    voltage_v: FloatArray
    current_a: FloatArray
    remaining: FloatArray
    """Share of the charge, 0 to 1, as the autopilot estimates it."""
    consumed_mah: FloatArray
    warning: FloatArray
    """PX4's level: 0 none, 1 low, 2 critical, 3 emergency."""


def sag_moments(fault: Fault) -> SagMoments:
    """The worse the fault, the faster one level follows the other."""
    pace = 1.5 - fault.severity
    begin = fault.begins_s
    return SagMoments(begin + 2.0 * pace, begin + 5.0 * pace, begin + 9.0 * pace)


def drain(plan: FlightPlan, pack: Pack, power_w: FloatArray) -> Battery:
    """Voltage and current (n,) for a power demand (n,)."""
    rng = stream(plan.seed, "battery")
    full = rng.uniform(0.955, 0.995)
    fault = plan.fault_of(FaultKind.BATTERY_SAG)
    resistance = pack.resistance_ohm * (1 + _EXTRA_RESISTANCE * _lost_share(fault, len(power_w)))
    current, charge = np.zeros(len(power_w)), np.full(len(power_w), full)
    voltage = current
    for _ in range(4):  # charge and current depend on each other; four rounds agree to millivolts
        voltage = _loaded_voltage(pack, charge, resistance, current, power_w, fault)
        current = power_w / voltage
        charge = full - integral(current) / 3600 / pack.capacity_ah
    remaining = _estimate(charge, fault)
    noise = coloured(rng, (len(power_w), 2), 0.03, 1.0)
    return Battery(
        voltage + _VOLT_NOISE * noise[:, 0],
        np.maximum(current * (1 + 0.01 * noise[:, 1]), 0.0),
        remaining,
        integral(current) / 3.6,
        np.digitize(-remaining, [-LOW, -CRITICAL, -EMERGENCY]).astype(float),
    )


def _lost_share(fault: Fault | None, count: int) -> FloatArray:
    """How far the cells have failed, 0 to 1 and a little beyond for the worst."""
    if fault is None:
        return np.zeros(count)
    moments = sag_moments(fault)
    since = (seconds(count) - fault.begins_s) / (moments.emergency_s - fault.begins_s)
    reach = 0.6 + 0.6 * fault.severity
    return smooth(reach * np.clip(1.35 * since, 0, 1), 0.8)


def _loaded_voltage(
    pack: Pack,
    charge: FloatArray,
    resistance: FloatArray,
    current: FloatArray,
    power_w: FloatArray,
    fault: Fault | None,
) -> FloatArray:
    """Open-circuit voltage less the drop over the inner resistance, quick and slow part."""
    cell_v = np.interp(charge, _CHARGE, _CELL_V)
    cell_v = cell_v - _LOST_CELL_V * _lost_share(fault, len(charge))
    slow_drop = _RELAXATION_OHM_SHARE * resistance * trailing_mean(current, _RELAXATION_S)
    source = pack.cells * cell_v - slow_drop
    result: FloatArray = source / 2 + np.sqrt(source**2 / 4 - power_w * resistance)
    return result


def _estimate(charge: FloatArray, fault: Fault | None) -> FloatArray:
    """Coulombs counted, until the voltage under load belies them."""
    if fault is None:
        return charge
    moments = sag_moments(fault)
    before = float(np.interp(fault.begins_s, seconds(len(charge)), charge))
    cap = np.interp(
        seconds(len(charge)),
        [fault.begins_s, moments.low_s, moments.critical_s, moments.emergency_s, 2e3],
        [before, LOW - 0.001, CRITICAL - 0.001, EMERGENCY - 0.001, 0.02],
    )
    return np.where(seconds(len(charge)) < fault.begins_s, charge, np.minimum(charge, cap))
