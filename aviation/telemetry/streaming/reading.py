"""Reading a flight's stored points as columns of numbers.

PostgreSQL sends them as binary COPY with every field a float8, so that all rows have the same
length and numpy takes a block of them apart at once. Nothing is done row by row.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
from django.db import connection
from psycopg import sql

from aviation.telemetry.record import FloatArray
from aviation.telemetry.streaming.presence import Span
from aviation.telemetry.windows import column_sql

BLOCK_BYTES = 4 * 1024**2
_HEADER_BYTES = 19
_FIELD_BYTES = 12
"""A length of four bytes and a float8."""
_END = b"\xff\xff"
_ROWS = sql.SQL(
    "SELECT date_part('epoch', \"timestamp\" - {boot_at}), {columns} FROM telemetry_point "
    'WHERE session_id = {session} AND "timestamp" BETWEEN {start} AND {end} ORDER BY "timestamp"'
)
_COPY = sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)")


def count_points(session_id: uuid.UUID, span: Span) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM telemetry_point "
            'WHERE session_id = %s AND "timestamp" BETWEEN %s AND %s',
            [session_id, *span],
        )
        return int(cursor.fetchone()[0])


def read_columns(
    session_id: uuid.UUID,
    names: Sequence[str],
    *,
    boot_at: datetime,
    span: Span,
    with_sequence: bool = False,
) -> Iterator[FloatArray]:
    """Blocks of rows in order of time: seconds since ``boot_at``, then the channels, and last,
    where it is asked for, the sender's number. NaN where nothing is stored."""
    read = [column_sql(name) for name in names]
    if with_sequence:
        read.append(sql.SQL("sequence::float8"))
    rows = _ROWS.format(
        boot_at=sql.Literal(boot_at),
        session=sql.Literal(session_id),
        start=sql.Literal(span[0]),
        end=sql.Literal(span[1]),
        columns=sql.SQL(", ").join(sql.SQL("coalesce({}, 'NaN')").format(each) for each in read),
    )
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(_COPY.format(rows)) as copy,
    ):
        yield from _blocks(copy, fields=1 + len(read))


def _blocks(chunks: Iterator[bytes], *, fields: int) -> Iterator[FloatArray]:
    row_bytes = 2 + fields * _FIELD_BYTES
    held, is_begun = bytearray(), False
    for chunk in chunks:
        held += chunk
        if not is_begun and len(held) >= _HEADER_BYTES:
            del held[:_HEADER_BYTES]
            is_begun = True
        if len(held) >= BLOCK_BYTES:
            whole = len(held) // row_bytes * row_bytes
            yield _taken_apart(bytes(held[:whole]), fields)
            del held[:whole]
    if held[-2:] != _END:
        raise RuntimeError("The database's answer ended early.")
    if len(held) > len(_END):
        yield _taken_apart(bytes(held[:-2]), fields)


def _taken_apart(block: bytes, fields: int) -> FloatArray:
    rows = np.frombuffer(block, dtype=np.uint8).reshape(-1, 2 + fields * _FIELD_BYTES)
    numbers = rows[:, 2:].reshape(len(rows), fields, _FIELD_BYTES)[:, :, 4:]
    values: FloatArray = np.ascontiguousarray(numbers).view(">f8")[:, :, 0].astype(np.float64)
    return values
