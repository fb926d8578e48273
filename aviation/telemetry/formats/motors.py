"""Which actuator outputs drive motors, told from parameters or from their movement in flight.

An output that stays at 0, 900 or 1500 throughout is unused: it must never appear as a motor.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.record import FloatArray, Series

MIN_LEVELS = 8
"""A motor in flight takes at least this many different output values; a switch takes two."""
MIN_TRAVEL_SHARE = 0.03
"""... and travels at least this share of the outputs' full range."""

UAVCAN_FULL = 8_191.0
"""Full scale of a UAVCAN ESC command (14 bit, positive half)."""
PWM_CEILING_US = 3_000.0


def moving_outputs(outputs: FloatArray, is_flight: NDArray[np.bool_]) -> list[int]:
    """The columns of ``outputs`` (n, k) that move like a motor while ``is_flight`` (n,).

    Without any flight row the whole log counts.
    """
    rows = outputs[is_flight] if is_flight.any() else outputs
    full = UAVCAN_FULL if np.nanmax(rows, initial=0.0) > PWM_CEILING_US else 1_000.0
    return [
        column
        for column in range(rows.shape[1])
        if _moves(rows[:, column], MIN_TRAVEL_SHARE * full)
    ]


def _moves(values: FloatArray, least_travel: float) -> bool:
    finite = values[np.isfinite(values)]
    if finite.size < MIN_LEVELS or np.ptp(finite) < least_travel:
        return False
    return bool(np.unique(finite).size >= MIN_LEVELS)


def following_throttle(outputs: FloatArray, time_s: FloatArray, throttle: Series) -> list[int]:
    """The columns of ``outputs`` that follow the throttle: the motors of a fixed wing."""
    wanted = throttle.at(time_s)
    if np.ptp(wanted) == 0:
        return []
    varying = [column for column in range(outputs.shape[1]) if np.ptp(outputs[:, column]) > 0]
    return [
        column for column in varying if float(np.corrcoef(outputs[:, column], wanted)[0, 1]) > 0.9
    ]


def as_pulse_us(values: FloatArray) -> FloatArray:
    """Outputs as pulse lengths in µs; UAVCAN commands (0 to 8191) are laid over 1000 to 2000."""
    if np.nanmax(values, initial=0.0) > PWM_CEILING_US:
        return 1_000.0 + 1_000.0 * values / UAVCAN_FULL
    return values


def is_flight_at(time_s: FloatArray, is_flying: Series | None) -> NDArray[np.bool_]:
    """Whether the aircraft was in the air at each moment; nowhere when nothing tells."""
    if is_flying is None:
        return np.zeros(time_s.shape, dtype=bool)
    return is_flying.held_at(time_s) > 0.5
