"""Judging points against physics and the clock, a column at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aviation.telemetry.channels import ChannelSpec, spec_of
from aviation.telemetry.choices import Rejection
from aviation.telemetry.ingest.batch import FIXED_TYPES, TIMESTAMP, Batch, refuse

OLDEST = timedelta(days=366)
AHEAD = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""

Mask = NDArray[np.bool_]
Judgement = tuple[Rejection, str, Mask]


def judge(batch: Batch, *, now: datetime) -> Batch:
    """The batch without the points that cannot be right; these are in ``refused``."""
    points = batch.points
    if points.num_rows == 0:
        return batch
    bad = np.zeros(points.num_rows, dtype=np.bool_)
    refused = list(batch.refused)
    for code, detail, mask in _judgements(points, now):
        fresh = mask & ~bad
        if not fresh.any():
            continue
        bad |= mask
        refused.extend(refuse(points.filter(pa.array(fresh)), code, detail))
    if not bad.any():
        return batch
    return Batch(points.filter(pa.array(~bad)), batch.sent, refused)


def _judgements(points: pa.Table, now: datetime) -> Iterator[Judgement]:
    """One after the other: a batch of many fields has many masks."""
    yield from _times(points["timestamp"], now)
    if "sequence" in points.column_names:
        yield from _sequences(points)
    for name in points.column_names:
        if name == "motor_rpm":
            yield from _motors(points[name])
        elif name not in FIXED_TYPES and name != "position":
            yield from _channel(name, points[name])


def _times(moments: pa.ChunkedArray, now: datetime) -> list[Judgement]:
    def against(limit: datetime, compare: Callable[..., Any]) -> Mask:
        return _mask(compare(moments, pa.scalar(limit, TIMESTAMP)))

    return [
        (Rejection.NO_TIME, "timestamp is missing.", _mask(pc.is_null(moments))),
        (
            Rejection.FUTURE,
            f"timestamp is more than {AHEAD.seconds // 60} minutes ahead of our clock.",
            against(now + AHEAD, pc.greater),
        ),
        (
            Rejection.TOO_OLD,
            f"timestamp is more than {OLDEST.days} days ago.",
            against(now - OLDEST, pc.less),
        ),
    ]


def _sequences(points: pa.Table) -> list[Judgement]:
    """A number may occur once for each flight or aircraft named; the first one stays."""
    numbers = points["sequence"]
    if numbers.null_count == len(numbers):
        return []
    whose = _whose(points)
    value = np.asarray(pc.fill_null(numbers, -1))
    order = np.lexsort((np.arange(len(value)), value, whose))
    again = np.zeros(len(value), dtype=np.bool_)
    is_same = (np.diff(value[order]) == 0) & (np.diff(whose[order]) == 0)
    again[order[1:][is_same]] = True
    missing = _mask(pc.is_null(numbers))
    return [
        (
            Rejection.WRONG_TYPE,
            "sequence must be a whole number from 0 on.",
            (value < 0) & ~missing,
        ),
        (
            Rejection.SEQUENCE_TWICE,
            "Its sequence number came before in this batch.",
            again & ~missing,
        ),
    ]


def _whose(points: pa.Table) -> NDArray[np.int64]:
    """A number for each different flight and aircraft named in the batch."""
    whose = np.zeros(points.num_rows, dtype=np.int64)
    for name in ("flight", "aircraft"):
        if name in points.column_names:
            named = pc.fill_null(points[name], "").combine_chunks().dictionary_encode()
            whose = whose * (len(named.dictionary) + 1) + np.asarray(named.indices)
    return whose


def _channel(name: str, values: pa.ChunkedArray) -> list[Judgement]:
    spec = spec_of(name)
    if values.null_count == len(values) or _is_fine(spec, values):
        return []
    finite = np.asarray(pc.fill_null(pc.is_finite(values), True))
    return [
        (Rejection.NOT_A_NUMBER, f"{name} is not a finite number.", ~finite),
        (Rejection.OUT_OF_RANGE, f"{name} {_range(spec)}", _outside(spec, values) & finite),
    ]


def _is_fine(spec: ChannelSpec, values: pa.ChunkedArray) -> bool:
    """The usual case, by two passes over the column and no mask."""
    bounds = pc.min_max(values)
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    within = (spec.lower is None or low >= spec.lower) and (
        spec.upper is None or high <= spec.upper
    )
    return bool(within and pc.all(pc.is_finite(values)).as_py())


def _outside(spec: ChannelSpec, values: pa.ChunkedArray) -> Mask:
    number = np.asarray(pc.fill_null(values, np.nan))
    outside = np.zeros(len(number), dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        if spec.lower is not None:
            outside |= number < spec.lower
        if spec.upper is not None:
            outside |= number > spec.upper
    return outside


def _range(spec: ChannelSpec) -> str:
    if spec.upper is None:
        return f"must be at least {spec.lower:,g}."
    return f"must be from {spec.lower:,g} to {spec.upper:,g} {spec.unit}".rstrip() + "."


def _motors(values: pa.ChunkedArray) -> list[Judgement]:
    spec = spec_of("motor_rpm")
    lower, upper = spec.lower or 0.0, spec.upper or np.inf
    lists = values.combine_chunks()
    flat = pc.list_flatten(lists)
    if flat.null_count == len(flat) or _is_fine(spec, pa.chunked_array([flat])):
        return []
    owner = np.asarray(pc.list_parent_indices(lists))
    number = np.asarray(pc.fill_null(flat, 0.0), dtype=np.float64)
    wrong = ~np.isfinite(number) | (number < lower) | (number > upper)
    mask = np.zeros(len(lists), dtype=np.bool_)
    mask[owner[wrong]] = True
    return [(Rejection.OUT_OF_RANGE, f"motor_rpm {_range(spec)}", mask)]


def _mask(values: Any) -> Mask:
    return np.asarray(pc.fill_null(values, False), dtype=np.bool_)
