"""Points cut into runs, between which an aircraft sent nothing for longer than SILENCE."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

SILENCE = timedelta(minutes=5)
"""An aircraft that sent nothing for as long has ended its flight."""
_SILENCE_US = SILENCE // timedelta(microseconds=1)
Span = tuple[datetime, datetime]
"""First and last moment of points."""


def by_time(points: pa.Table) -> pa.Table:
    moments = moments_us(points)
    return points if (np.diff(moments) >= 0).all() else points.take(pa.array(np.argsort(moments)))


def runs_of(points: pa.Table) -> Iterator[pa.Table]:
    """Runs, each sorted by time.

    A clock that goes back in flight would cut the time in two; the sender's sequence shows that
    it is one run. Numbers that begin again with each start of the sender show nothing.
    """
    sorted_points = by_time(points)
    edges = _edges(moments_us(sorted_points))
    if len(edges) > 2 and (order := order_sent(points)) is not None:
        sent_points = points.take(pa.array(order))
        sent_edges = _edges(moments_us(sent_points))
        if len(sent_edges) < len(edges):
            sorted_points, edges = sent_points, sent_edges
    for start, end in pairwise(edges):
        yield by_time(sorted_points.slice(start, end - start))


def order_sent(points: pa.Table) -> NDArray[np.int64] | None:
    """The order of the sender's numbers; None where not every point has one."""
    if "sequence" not in points.column_names or points["sequence"].null_count:
        return None
    return np.argsort(np.asarray(points["sequence"]), kind="stable")


def span_of(points: pa.Table) -> Span:
    """Of points sorted by time."""
    moments = points["timestamp"]
    return moments[0].as_py().astimezone(UTC), moments[-1].as_py().astimezone(UTC)


def moments_us(points: pa.Table) -> NDArray[np.int64]:
    return np.asarray(points["timestamp"].cast(pa.int64()))


def _edges(moments: NDArray[np.int64]) -> list[int]:
    gaps = np.diff(moments) > _SILENCE_US
    return [0, *(np.flatnonzero(gaps) + 1).tolist(), len(moments)]
