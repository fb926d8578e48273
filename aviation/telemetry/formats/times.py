"""The order of samples in time: what to keep when a log's clock jumps about."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.record import FloatArray

BoolArray = NDArray[np.bool_]

CLUSTER_GAP_S = 60.0
"""Samples further apart than this belong to different clusters of samples."""
STRAY_SAMPLES = 20
"""A cluster with fewer samples than this, over all channels, is not part of the recording."""
MAIN_SHARE = 0.9
"""Strays are only called so when the rest holds at least this share of all samples."""


def increasing_rows(time_s: FloatArray) -> slice | NDArray[np.intp]:
    """The rows to keep so that time strictly increases: as many as possible, in file order.

    A log in good order costs one comparison and no copy.
    """
    if time_s.size < 2 or bool(np.all(time_s[1:] > time_s[:-1])):
        return slice(None)
    return _longest_increasing(time_s)


def _longest_increasing(time_s: FloatArray) -> NDArray[np.intp]:
    """The longest strictly increasing subsequence (patience sorting).

    It loses the few samples with a wrong stamp, whichever way they point, and keeps the many.
    """
    tails: list[float] = []
    tail_rows: list[int] = []
    previous = np.full(time_s.size, -1, dtype=np.intp)
    for row, moment in enumerate(time_s.tolist()):
        pile = bisect_left(tails, moment)
        if pile == len(tails):
            tails.append(moment)
            tail_rows.append(row)
        else:
            tails[pile] = moment
            tail_rows[pile] = row
        if pile:
            previous[row] = tail_rows[pile - 1]
    return _trace_back(previous, tail_rows[-1], len(tails))


def _trace_back(previous: NDArray[np.intp], last_row: int, count: int) -> NDArray[np.intp]:
    rows = np.empty(count, dtype=np.intp)
    row = last_row
    for place in range(count - 1, -1, -1):
        rows[place] = row
        row = int(previous[row])
    return rows


def recorded_spans(times_s: list[FloatArray]) -> list[tuple[float, float]]:
    """The stretches (start_s, end_s) that hold the recording, without stray samples.

    A logger writes the last known value of a slow topic with its old stamp, and a damaged stamp
    may lie anywhere: single samples minutes away from all others say nothing about the flight.
    """
    merged = np.sort(np.concatenate(times_s))
    cuts = np.flatnonzero(np.diff(merged) > CLUSTER_GAP_S) + 1
    starts = np.concatenate(([0], cuts))
    ends = np.concatenate((cuts, [merged.size]))
    sizes = ends - starts
    is_main = sizes >= STRAY_SAMPLES
    if sizes[is_main].sum() < MAIN_SHARE * merged.size:
        is_main[:] = True
    return [
        (float(merged[start]), float(merged[end - 1]))
        for start, end in zip(starts[is_main], ends[is_main], strict=True)
    ]


def quiet_stretches(times_s: list[FloatArray], longer_than_s: float) -> list[tuple[float, float]]:
    """The stretches (start_s, end_s) without any sample, longer than ``longer_than_s``."""
    merged = np.sort(np.concatenate(times_s))
    before = np.flatnonzero(np.diff(merged) > longer_than_s)
    return [(float(merged[row]), float(merged[row + 1])) for row in before]
