"""Writing a few rows into ``telemetry_point`` in one statement: arrays → unnest → INSERT.

The staging table of ``storing`` is made for many: to fill and to empty it costs the same whatever
it holds, and so do the savepoint and the second attempt where a row is there already. Here the rows
are parameters of a single INSERT, and those that are there already are left out.

What must never happen is what must not in ``storing``: a row stored under another flight or
organization. The session ids come apart from the rows, and row level security holds for INSERT.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import lru_cache

import orjson
import pyarrow as pa
from django.db import connection

from aviation.telemetry.storing import SCHEMA, SQL_TYPES, Gain, counted_new, in_order

MOST_ROWS = 200
"""With so many of 19 values, both ways take as long; with 400, staging is a fifth quicker."""


def insert_few(points: pa.Table, session_ids: Sequence[uuid.UUID]) -> list[Gain]:
    """Store points, shaped by as_points and sorted, unless they are there already.

    ``slot`` counts from 1 in ``session_ids``; what of each session was new. Their months'
    partitions must be there. Raises IntegrityError when a flight is not.
    """
    given = [name for name in points.column_names if points[name].null_count < len(points)]
    arrays = [_as_array(points[name]) for name in given]
    with connection.cursor() as cursor:
        cursor.execute(_insert(tuple(given)), [*arrays, list(session_ids)])
        return in_order(cursor.fetchall(), session_ids)


@lru_cache(maxsize=256)
def _insert(given: tuple[str, ...]) -> str:
    """The statement for rows that have values in these columns only."""
    stored = [name for name in given if name != "slot"]
    columns = ", ".join(f'"{name}"' for name in stored)
    values = ", ".join(f'"{name}"{_CASTS.get(name, "")}' for name in stored)
    arrays = ", ".join(f"%s::{_element_type(name)}[]" for name in given)
    names = ", ".join(f'"{name}"' for name in given)
    return counted_new(
        f"INSERT INTO telemetry_point (session_id, {columns}) "  # noqa: S608 - constants
        f"SELECT session_ids[slot], {values} FROM unnest({arrays}) AS given ({names}), "
        "(SELECT %s::uuid[] AS session_ids) AS named"
    )


_CASTS = {"motor_rpm": "::real[]", "extras": "::jsonb"}


def _element_type(name: str) -> str:
    """Lists travel as text: unnest would take an array of arrays apart to its last element."""
    return "text" if name in _CASTS else SQL_TYPES[SCHEMA.field(name).type]


def _as_array(column: pa.ChunkedArray) -> str:
    """An array as PostgreSQL writes it, which between its brackets is JSON for what stands here:
    numbers, null, and text without control characters."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.string())
    values = column.to_pylist()
    if pa.types.is_list(column.type):
        values = [each if each is None else _braced(each) for each in values]
    return _braced(values)


def _braced(values: Sequence[object]) -> str:
    return "{" + orjson.dumps(values).decode()[1:-1] + "}"
