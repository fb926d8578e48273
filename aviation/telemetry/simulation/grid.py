"""The time grid that all simulated signals share, and the calculus done on it.

Arrays have the time along their first axis, one row every hundredth of a second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.record import FloatArray

BoolArray = NDArray[np.bool_]

RATE_HZ = 100
STEP_S = 1.0 / RATE_HZ


def seconds(count: int) -> FloatArray:
    """The times of ``count`` grid points, from 0."""
    return np.arange(count, dtype=np.float64) * STEP_S


def index_at(time_s: float) -> int:
    """The grid point nearest to ``time_s``."""
    return round(time_s * RATE_HZ)


def derivative(values: FloatArray) -> FloatArray:
    """Rate of change per second, by central differences."""
    result: FloatArray = np.gradient(values, STEP_S, axis=0)
    return result


def box_smooth(values: FloatArray, width_samples: int) -> FloatArray:
    """Centred moving average over about ``width_samples`` rows; the ends are held.

    Applied three times to straight lines it gives curves whose acceleration, jerk and snap are
    all bounded, as a flight controller's own trajectory generator does.
    """
    half = max(width_samples // 2, 0)
    if half == 0:
        return values
    pad = [(half + 1, half)] + [(0, 0)] * (values.ndim - 1)
    total = np.cumsum(np.pad(values, pad, mode="edge"), axis=0)
    width = 2 * half + 1
    result: FloatArray = (total[width:] - total[:-width]) / width
    return result


def smooth(values: FloatArray, *widths_s: float) -> FloatArray:
    """Moving averages of the given widths in seconds, one after the other."""
    for width_s in widths_s:
        values = box_smooth(values, round(width_s * RATE_HZ))
    return values


def trailing_mean(values: FloatArray, width_s: float) -> FloatArray:
    """Mean over the last ``width_s`` seconds; before the start the first value is assumed."""
    width = max(index_at(width_s), 1)
    padded = np.concatenate([np.full(width, values[0]), values])
    total = np.cumsum(padded)
    result: FloatArray = (total[width:] - total[:-width]) / width
    return result


def integral(values: FloatArray) -> FloatArray:
    """Running integral over time, starting from 0."""
    total = np.cumsum(values, axis=0) * STEP_S
    result: FloatArray = total - total[:1]
    return result
