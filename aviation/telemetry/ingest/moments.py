"""Times as senders write them, in columns, as moments that a calendar holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from aviation.telemetry.ingest.batch import TIMESTAMP

_FIRST_S, _LAST_S = -62_135_596_800, 253_402_300_799
"""The years 1 to 9999. What lies beyond is judged as if it lay at their ends."""
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000}


def sent_as(value: Any) -> pa.DataType:
    """Times come as ISO 8601 text with an offset or as Unix seconds, in a block all alike."""
    if isinstance(value, datetime):
        return TIMESTAMP
    return pa.string() if isinstance(value, str) else pa.float64()


def as_moments(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """ISO 8601 text with an offset, Unix seconds as floats, or timestamps. Raises ArrowInvalid.

    What is finer than microseconds is cut off.
    """
    if pa.types.is_floating(values.type):
        return _from_seconds(values)
    if not pa.types.is_timestamp(values.type):
        return _within_calendar(pc.cast(values, TIMESTAMP))
    if values.type.unit == "ns":
        return pc.cast(values, TIMESTAMP, safe=False)
    return pc.cast(_within_calendar(values), TIMESTAMP)


def _from_seconds(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pc.all(pc.is_finite(values)).as_py():
        raise pa.ArrowInvalid("a time that is no number")
    bounds = pc.min_max(values)
    if (
        bounds["min"].is_valid
        and not _FIRST_S < bounds["min"].as_py() <= bounds["max"].as_py() < _LAST_S
    ):
        raise pa.ArrowInvalid("a time that no calendar holds")
    return pc.cast(pc.round(pc.multiply(values, 1e6)), pa.int64()).cast(TIMESTAMP)


def _within_calendar(values: pa.ChunkedArray) -> pa.ChunkedArray:
    ticks = pc.cast(values, pa.int64())
    first, last = (edge * _PER_SECOND[values.type.unit] for edge in (_FIRST_S, _LAST_S))
    bounds = pc.min_max(ticks)
    if (
        not bounds["min"].is_valid
        or first <= bounds["min"].as_py() <= bounds["max"].as_py() <= last
    ):
        return values
    limited = pc.max_element_wise(ticks, first, skip_nulls=False)
    return pc.min_element_wise(limited, last, skip_nulls=False).cast(values.type)
