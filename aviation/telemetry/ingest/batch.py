"""A batch of points between reading and storing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

import pyarrow as pa

from aviation.common.errors import TooLarge
from aviation.telemetry.choices import Rejection
from aviation.telemetry.columns import COLUMN_TYPES
from aviation.telemetry.ingest.bounds import (
    MAX_FIELDS,
    MAX_POINTS,
    MAX_REJECTIONS_KEPT,
    MAX_VALUES,
)
from aviation.telemetry.windows import is_stored

TIMESTAMP = pa.timestamp("us", tz="UTC")
MOTORS = pa.list_(pa.float32())
FIXED_TYPES: dict[str, pa.DataType] = {
    "timestamp": TIMESTAMP,
    "sequence": pa.int64(),
    "flight": pa.string(),
    "aircraft": pa.string(),
    "motor_rpm": MOTORS,
}
"""The fields that are no channel. Every channel is a float64 until it is stored."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One point that is not accepted. ``point`` is what was sent, as far as it is known."""

    position: int
    code: Rejection
    detail: str
    point: Any = None


@dataclass(slots=True)
class Batch:
    """Points in canonical columns, beside ``position`` (their place in what was sent, from 0).

    ``points`` has ``timestamp`` always and other columns of FIXED_TYPES and channels as sent.
    """

    points: pa.Table
    sent: int
    refused: list[Refused] = field(default_factory=list)


def refuse(points: pa.Table, code: Rejection, detail: str) -> list[Refused]:
    """Refuse all of ``points``; what was sent stands with the first of them, as far as is kept."""
    positions: list[int] = points["position"].to_pylist()
    shown = points.slice(0, MAX_REJECTIONS_KEPT).drop_columns("position").to_pylist()
    return [
        Refused(position, code, detail, point)
        for position, point in zip(positions, chain(shown, repeat(None)), strict=False)
    ]


def require_modest(points: int, names: Collection[str]) -> None:
    """Raise TooLarge for more points or values than one request may bring."""
    if points > MAX_POINTS:
        raise TooLarge(f"At most {MAX_POINTS:,} points fit into one request.")
    if len(names) > MAX_FIELDS or points * len(names) > MAX_VALUES:
        raise TooLarge(
            f"One request holds at most {MAX_FIELDS} different fields and {MAX_VALUES:,} values."
        )


def type_of(name: str) -> pa.DataType | None:
    """The Arrow type of a field; None for a name that is no field."""
    if name in FIXED_TYPES:
        return FIXED_TYPES[name]
    return pa.float64() if name in COLUMN_TYPES or is_stored(name) else None
