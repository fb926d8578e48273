"""Height above the place of take-off, from an altitude with any zero."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.record import FloatArray, Series


def height_above_ground_point(
    time_s: FloatArray, altitude_m: FloatArray, is_flying: Series | None
) -> FloatArray:
    """``altitude_m`` less its value where the aircraft stood on the ground.

    That is its value at take-off; where the log begins in the air, at the landing; where it holds
    neither, at its first sample.
    """
    known = np.isfinite(altitude_m)
    if not known.any():
        return altitude_m
    moment_s = _ground_moment(time_s[known], is_flying)
    return altitude_m - np.interp(moment_s, time_s[known], altitude_m[known])


def _ground_moment(time_s: FloatArray, is_flying: Series | None) -> float:
    if is_flying is None:
        return float(time_s[0])
    step = np.diff(is_flying.values)
    for edges in (step > 0, step < 0):
        if edges.any():
            return float(is_flying.time_s[1:][edges][0])
    return float(time_s[0])
