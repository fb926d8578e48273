"""Writing rows into ``telemetry_point``: Arrow → binary COPY into a staging table → INSERT.

PostgreSQL refuses COPY into a table under row level security, hence the staging table; it is
temporary, one per connection, and empties itself at commit. What must never happen: a row stored
under another flight or organization. The session ids are parameters of the INSERT, not data of the
batch, and the organization is the one the transaction is bound to.

Rows go in sorted by flight and time: two writers of the same rows then wait for each other in
place of deadlocking.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pgpq
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from aviation.telemetry.channels import spec_of
from aviation.telemetry.choices import PointFlag
from aviation.telemetry.columns import COLUMN_TYPES
from aviation.telemetry.partitions import ensure_partitions

BATCH_ROWS = 10_000
NO_CHANNELS = frozenset(
    {"time_s", "timestamp", "sequence", "flags", "slot", "position", "flight", "aircraft"}
)
_TIMESTAMP = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        pa.field("timestamp", _TIMESTAMP),
        *(pa.field(name, kind) for name, kind in COLUMN_TYPES.items()),
        pa.field("motor_rpm", pa.list_(pa.float32())),
        pa.field("extras", pa.string()),
        pa.field("sequence", pa.int64()),
        pa.field("flags", pa.int16()),
        pa.field("slot", pa.int16()),
    ]
)
SQL_TYPES = {
    pa.float64(): "double precision",
    pa.float32(): "real",
    pa.int16(): "smallint",
    pa.int64(): "bigint",
    _TIMESTAMP: "timestamptz",
    pa.list_(pa.float32()): "real[]",
    pa.string(): "text",
}
_NAMES = [f'"{field.name}"' for field in SCHEMA]
_STAGING = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS telemetry_staging ("
    + ", ".join(f'"{field.name}" {SQL_TYPES[field.type]}' for field in SCHEMA)
    + ") ON COMMIT DELETE ROWS"
)
_COPY = "COPY pg_temp.telemetry_staging FROM STDIN (FORMAT BINARY)"
_STORED = _NAMES[:-1]
_READ = [f"{name}::jsonb" if name == '"extras"' else name for name in _STORED]
_INSERT = (
    f"INSERT INTO telemetry_point (session_id, {', '.join(_STORED)}) "  # noqa: S608 - constants
    f"SELECT (%s::uuid[])[slot], {', '.join(_READ)} FROM pg_temp.telemetry_staging"
)


@dataclass(frozen=True, slots=True)
class Gain:
    """How many rows were new, and of these how many came late or after a jump of the clock."""

    rows: int
    late: int
    jumps: int


def counted_new(insert: str) -> str:
    """An INSERT of points that leaves out what is there already, and answers each session's gain.

    Rows of the answer: the session's id and a Gain; none for a session that gained nothing.
    """
    return f"""WITH new AS ({insert} ON CONFLICT DO NOTHING RETURNING session_id, flags)
    SELECT session_id, count(*), count(*) FILTER (WHERE flags & {PointFlag.LATE:d} > 0),
        count(*) FILTER (WHERE flags & {PointFlag.CLOCK_JUMP:d} > 0)
    FROM new GROUP BY session_id"""  # noqa: S608 - constants


def in_order(rows: Iterable[tuple[Any, ...]], session_ids: Sequence[uuid.UUID]) -> list[Gain]:
    """What ``counted_new`` answered, for each session; all of it at the first place of one that is
    named twice, as by late points from both sides of a silence."""
    gains = {session_id: Gain(*counts) for session_id, *counts in rows}
    return [gains.pop(session_id, Gain(0, 0, 0)) for session_id in session_ids]


_INSERT_NEW = counted_new(_INSERT)


@transaction.atomic
def store_rows(*, session_id: uuid.UUID, boot_at: datetime, rows: pa.Table) -> int:
    """Store a table of ``time_s`` (seconds from ``boot_at``) and channel columns; answers rows.

    Raises IntegrityError when the flight already has a row at one of the moments.
    """
    if rows.num_rows == 0:
        return 0
    points = as_points(rows, _timestamps(rows["time_s"], boot_at))
    ensure_partitions(points["timestamp"])
    stage(points)
    return insert_staged([session_id])


def stage(points: pa.Table) -> None:
    """Put points, shaped by as_points and sorted, into the connection's staging table.

    Their months' partitions must be there already. Raises what Django's cursors raise.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STAGING)
        cursor.execute("DELETE FROM pg_temp.telemetry_staging")
        with connection.wrap_database_errors, cursor.copy(_COPY) as copy:
            for chunk in _binary(points):
                copy.write(chunk)


def insert_staged(session_ids: Sequence[uuid.UUID]) -> int:
    """Move what is staged into the table; ``slot`` counts from 1 in ``session_ids``.

    Answers how many rows. Raises IntegrityError when one is there already.
    """
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [list(session_ids)])
        return int(cursor.rowcount)


def insert_new_staged(session_ids: Sequence[uuid.UUID]) -> list[Gain]:
    """The same, leaving out what is there already; what of each session was new."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_NEW, [list(session_ids)])
        return in_order(cursor.fetchall(), session_ids)


def _binary(points: pa.Table) -> Iterable[bytes]:
    encoder = pgpq.ArrowToPostgresBinaryEncoder(points.schema)
    yield encoder.write_header()
    for batch in points.to_batches(max_chunksize=BATCH_ROWS):
        yield encoder.write_batch(batch)
    yield encoder.finish()


def as_points(rows: pa.Table, timestamps: pa.ChunkedArray) -> pa.Table:
    """The rows in the shape of the staging table: absent columns null, motors as one array."""
    columns = {"timestamp": timestamps}
    for name, kind in COLUMN_TYPES.items():
        columns[name] = _column(rows, name, kind)
    columns["motor_rpm"] = _motor_rpm(rows)
    columns["extras"] = _extras(rows)
    columns["sequence"] = _column(rows, "sequence", pa.int64())
    columns["flags"] = _column(rows, "flags", pa.int16())
    columns["slot"] = _slots(rows)
    return pa.table(columns, schema=SCHEMA)


def _slots(rows: pa.Table) -> pa.ChunkedArray | pa.Array:
    if "slot" in rows.column_names:
        return rows["slot"]
    return pa.repeat(pa.scalar(1, pa.int16()), rows.num_rows)


def _timestamps(time_s: pa.ChunkedArray, boot_at: datetime) -> pa.ChunkedArray:
    microseconds = pc.cast(pc.round(pc.multiply(time_s, 1e6)), pa.int64())
    boot_us = pa.scalar(boot_at, _TIMESTAMP).cast(pa.int64())
    return pc.add(microseconds, boot_us).cast(_TIMESTAMP)


def _column(rows: pa.Table, name: str, kind: pa.DataType) -> pa.ChunkedArray:
    if name not in rows.column_names:
        return pa.chunked_array([pa.nulls(rows.num_rows, kind)])
    values = rows[name]
    if values.type == kind:
        return values
    return pc.round(values).cast(kind) if pa.types.is_integer(kind) else values.cast(kind)


def _motor_rpm(rows: pa.Table) -> pa.ChunkedArray | pa.Array:
    """One array per row, motors in order; null where no motor has a value.

    A batch may have both: rows that bring the array, and rows with a column for each motor.
    """
    single = _single_motors(rows)
    if "motor_rpm" not in rows.column_names:
        return single
    return rows["motor_rpm"] if single.null_count == len(single) else _either(rows, single)


def _either(rows: pa.Table, single: pa.Array) -> pa.ChunkedArray:
    return pc.coalesce(rows["motor_rpm"], pa.chunked_array([single]))


def _single_motors(rows: pa.Table) -> pa.Array:
    numbers = sorted(
        int(name.rsplit("_", 1)[1]) for name in rows.column_names if name.startswith("motor_rpm_")
    )
    kind = pa.list_(pa.float32())
    if not numbers:
        return pa.nulls(rows.num_rows, kind)
    motors = [_column(rows, f"motor_rpm_{n}", pa.float32()) for n in range(1, numbers[-1] + 1)]
    any_known = motors[0].is_valid()
    for motor in motors[1:]:
        any_known = pc.or_(any_known, motor.is_valid())
    return _interleaved(motors, rows.num_rows, any_known)


def _interleaved(motors: list[pa.ChunkedArray], count: int, known: pa.ChunkedArray) -> pa.Array:
    """Columns of n values each into n lists: element (row, motor) lies at motor * n + row."""
    index = (np.arange(count)[:, None] + np.arange(len(motors))[None, :] * count).ravel()
    flat = pa.chunked_array([chunk for motor in motors for chunk in motor.chunks])
    values = pa.concat_arrays(flat.chunks).take(pa.array(index))
    offsets = pa.array(np.arange(count + 1, dtype=np.int32) * len(motors))
    mask = pc.invert(pa.concat_arrays(known.chunks))
    return pa.ListArray.from_arrays(offsets, values, mask=mask)


def _extras(rows: pa.Table) -> pa.ChunkedArray | pa.Array:
    """A JSON object per row of the channels without a column; null where all are missing."""
    names = [name for name in rows.column_names if _is_extra(name)]
    if not names:
        return pa.nulls(rows.num_rows, pa.string())
    members = [_json_member(name, rows[name]) for name in names]
    joined = pc.utf8_rtrim(pc.binary_join_element_wise(*members, ""), ",")
    whole = pc.binary_join_element_wise("{", joined, "}", "")
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), whole)


def _is_extra(name: str) -> bool:
    if name in NO_CHANNELS or name in COLUMN_TYPES or name.startswith("motor_rpm"):
        return False
    return spec_of(name).is_stored


def _json_member(name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """``"name":1.5,`` for each row, empty where there is no value."""
    with suppress(pa.ArrowInvalid):  # a number too huge to be rounded has no such digits
        values = pc.round(values, ndigits=4)
    text = pc.cast(values, pa.string())
    return pc.coalesce(pc.binary_join_element_wise(f'"{name}":', text, ",", ""), "")
