"""Drift of a measured value over the hours flown: a slope that a few odd flights don't move.

The slope is Theil and Sen's: the median of the slopes between all pairs of flights. It counts only
where at least two of three pairs rise; less agreement is what noise alone gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

LEAST_FLIGHTS = 6
AGREEING = 2 / 3
LEVEL_FLIGHTS = 5

Indices = npt.NDArray[np.intp]


def rising_slope(hours: Sequence[float], values: Sequence[float]) -> float:
    """By how much the values rise in an hour; 0 where they don't, or where too few are there.

    ``hours`` are the hours flown up to each flight, in ascending order.
    """
    if len(values) < LEAST_FLIGHTS:
        return 0.0
    first, second = _pairs(len(values))
    x, y = np.asarray(hours), np.asarray(values)
    apart = x[second] - x[first]
    told_apart = apart > 0
    if not told_apart.any():
        return 0.0
    slopes = (y[second] - y[first])[told_apart] / apart[told_apart]
    if np.count_nonzero(slopes > 0) < AGREEING * slopes.size:
        return 0.0
    return max(0.0, float(np.median(slopes)))


def level(values: Sequence[float]) -> float:
    """Where the value stands: the median of the last five flights. ``values`` is not empty."""
    return float(np.median(np.asarray(values[-LEVEL_FLIGHTS:])))


@cache
def _pairs(count: int) -> tuple[Indices, Indices]:
    """The indices of all pairs of ``count`` things, the earlier one first."""
    first, second = np.triu_indices(count, k=1)
    return first, second
