"""A flight's rows out of the table, as an Arrow table of exactly the values that are stored.

PostgreSQL writes CSV and Arrow reads it, both in compiled code; the shortest text of a float that
gives it back is what PostgreSQL writes, so nothing is lost on the way.
"""

from __future__ import annotations

import io
import uuid
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql
from pyarrow import csv

from aviation.telemetry.cold.parquet import SCHEMA, TIMESTAMP

NULL = "\\N"
_PLAIN = [field.name for field in SCHEMA if field.name not in ("timestamp", "motor_rpm")]
_TYPES = {name: SCHEMA.field(name).type for name in _PLAIN} | {
    "timestamp": pa.int64(),
    "motor_rpm": pa.string(),
}
_COPY = sql.SQL(
    'COPY (SELECT (extract(epoch FROM "timestamp") * 1000000)::bigint, motor_rpm, {} '
    "FROM telemetry_point WHERE session_id = {} AND "
    "\"timestamp\" >= {}::date AT TIME ZONE 'UTC' "
    "AND \"timestamp\" < ({}::date + interval '1 month') AT TIME ZONE 'UTC' "
    "ORDER BY \"timestamp\") TO STDOUT (FORMAT csv, NULL '\\N', FORCE_QUOTE (extras))"
)


def fetch_rows(cursor: Any, session_id: uuid.UUID, month: date) -> pa.Table:
    """The flight's rows of the month, of SCHEMA, by time. Inside a bound transaction."""
    names = sql.SQL(", ").join(map(sql.Identifier, _PLAIN))
    day = sql.Literal(month)
    copying = _COPY.format(names, sql.Literal(session_id), day, day)
    with cursor.db.wrap_database_errors, cursor.copy(copying) as copy:
        text = b"".join(bytes(block) for block in copy)
    return _table(text) if text else SCHEMA.empty_table()


def _table(text: bytes) -> pa.Table:
    columns = ["timestamp", "motor_rpm", *_PLAIN]
    raw = csv.read_csv(
        io.BytesIO(text),
        read_options=csv.ReadOptions(column_names=columns, block_size=1 << 24),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=_TYPES,
            null_values=[NULL],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    ).combine_chunks()
    made = {
        "timestamp": raw["timestamp"].cast(TIMESTAMP),
        "motor_rpm": _motors(raw["motor_rpm"]),
    }
    return pa.table(
        [made.get(field.name, raw[field.name]) for field in SCHEMA], schema=SCHEMA
    ).combine_chunks()


def _motors(text: pa.ChunkedArray) -> pa.Array:
    """``{5200,NULL,5190}`` as a list of floats."""
    whole = pa.concat_arrays(text.chunks) if text.num_chunks else pa.array([], pa.string())
    bare = pc.utf8_trim(whole, "{}")
    lists = pc.split_pattern(bare, ",")
    words = lists.flatten()
    values = pc.if_else(pc.equal(words, "NULL"), pa.scalar(None, pa.string()), words)
    return pa.ListArray.from_arrays(lists.offsets, values.cast(pa.float32()), mask=lists.is_null())
