"""The moving average of a stretch of history, batch by batch.

At each row stands the mean of the values within half a window before and after it, so that the
average does not lag behind. Memory is bounded by a batch and a window's rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.record import FloatArray


def moving_average(
    batches: Iterable[FloatArray], *, window_s: float, headings: Sequence[int] = ()
) -> Iterator[FloatArray]:
    """Rows of seconds and channels in, the same rows with averages in their place out.

    Missing values (NaN) are left out of an average; NaN stands where there is none at all.
    ``headings`` are columns of degrees that turn full circle; their averages are 0 to 360.
    """
    half_s = window_s / 2
    held: FloatArray | None = None
    done_to = -np.inf
    for batch in batches:
        held = batch if held is None else np.concatenate([held, batch])
        time_s = held[:, 0]
        ready = (time_s > done_to) & (time_s + half_s < time_s[-1])
        if ready.any():
            yield _averaged(held, ready, half_s, headings)
            done_to = time_s[ready][-1]
            held = held[time_s >= done_to - half_s]
    if held is not None:
        yield _averaged(held, held[:, 0] > done_to, half_s, headings)


def _averaged(
    rows: FloatArray, wanted: NDArray[np.bool_], half_s: float, headings: Sequence[int]
) -> FloatArray:
    time_s = rows[:, 0]
    first = np.searchsorted(time_s, time_s[wanted] - half_s, side="left")
    after = np.searchsorted(time_s, time_s[wanted] + half_s, side="right")
    averaged = rows[wanted].copy()
    for column in range(1, rows.shape[1]):
        values = rows[:, column]
        if column in headings:
            turned = _means(np.exp(1j * np.radians(values)), first, after)
            averaged[:, column] = np.degrees(np.angle(turned)) % 360
        else:
            averaged[:, column] = _means(values, first, after)
    return averaged


def _means(values: NDArray[Any], first: NDArray[np.intp], after: NDArray[np.intp]) -> NDArray[Any]:
    """Means of ``values[first:after]`` by running sums, taken about a middle to stay exact."""
    is_known = ~np.isnan(values)
    middle = values[is_known].mean() if is_known.any() else 0.0
    sums = _running(np.where(is_known, values - middle, 0.0))
    counts = _running(is_known)
    count = (counts[after] - counts[first]).astype(np.float64)
    count[count == 0] = np.nan
    means: NDArray[Any] = (sums[after] - sums[first]) / count + middle
    return means


def _running(values: NDArray[Any]) -> NDArray[Any]:
    sums: NDArray[Any] = np.concatenate([[0], np.cumsum(values)])
    return sums
