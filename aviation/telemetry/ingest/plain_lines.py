"""Plain NDJSON, read by Arrow: quicker than through Python's objects, and beside its lock.

What must never happen: another verdict than the slower way's. Arrow's reader finds points wherever
they stand, takes NaN for a number and any bytes for text, so it is given only lines that leave it
no choice: one flat object each, in ASCII, without an escape or a control character. Whatever else
comes up, a wrong type or a key twice included, is left to the slower way, which knows what to say.
Both give the same points, but for the sign of a zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from aviation.telemetry.ingest.batch import MOTORS, Batch, type_of
from aviation.telemetry.ingest.bounds import MAX_LINE_BYTES, MEBIBYTE
from aviation.telemetry.ingest.moments import as_moments, sent_as

LEAST_BYTES = 200_000
"""For less, Arrow's preparations take longer than what they spare."""
MOST_BYTES = MEBIBYTE + MAX_LINE_BYTES
"""More than this is no megabyte of whole lines, and looking through it may cost eight times it."""
LINES_LOOKED_AT = 20
"""So many tell which fields come: not every line need have all of them."""
_READ_MOTORS = pa.list_(pa.float64())


def read_plain_lines(lines: bytes, *, first: int) -> Batch | None:
    """Points of whole lines, the last without its end; None where they are not plain."""
    if not LEAST_BYTES <= len(lines) <= MOST_BYTES or (count := _count(lines)) is None:
        return None
    try:
        points = _columns(lines, _schema(lines))
    except (pa.ArrowException, ValueError):
        return None
    if points.num_rows != count:
        return None
    position = pa.array(np.arange(first, first + count), pa.int64())
    return Batch(points.append_column("position", position), count)


def _count(lines: bytes) -> int | None:
    """How many lines, each of them one flat object; None where they may be something else."""
    if not lines.isascii() or b"\\" in lines:
        return None
    letters = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(letters < ord(" "))
    count = len(ends) + 1
    is_plain = (
        lines.count(b"{") == lines.count(b"}") == count
        and lines[:1] == b"{"
        and lines[-1:] == b"}"
        and bool((letters[ends] == ord("\n")).all())
        and bool((letters[ends - 1] == ord("}")).all())
        and bool((letters[ends + 1] == ord("{")).all())
        and np.diff(ends, prepend=-1, append=len(lines)).max() <= MAX_LINE_BYTES
    )
    return count if is_plain else None


def _schema(lines: bytes) -> pa.Schema:
    """The fields of the first lines. Raises ValueError for an unknown one, or none of time."""
    rows = [orjson.loads(line) for line in islice(_each(lines), LINES_LOOKED_AT)]
    kinds = {name: type_of(name) for row in rows for name in row}
    if None in kinds.values() or "timestamp" not in kinds:
        raise ValueError("unknown field, or no time")
    kinds["timestamp"] = sent_as(rows[0].get("timestamp"))
    if "motor_rpm" in kinds:
        kinds["motor_rpm"] = _READ_MOTORS  # rounded once only, as Python's numbers are
    return pa.schema(list(kinds.items()))


def _each(lines: bytes) -> Iterator[bytes]:
    start = 0
    while start <= len(lines):
        end = lines.find(b"\n", start)
        end = len(lines) if end < 0 else end
        yield lines[start:end]
        start = end + 1


def _columns(lines: bytes, schema: pa.Schema) -> pa.Table:
    """Raises ArrowInvalid for anything that is not exactly of the schema, or no finite number."""
    points = arrow_json.read_json(
        pa.BufferReader(lines),
        read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
        parse_options=arrow_json.ParseOptions(
            explicit_schema=schema, unexpected_field_behavior="error"
        ),
    )
    for at, field in enumerate(schema):
        values = points[field.name]
        _require_finite(values)
        if field.name == "timestamp":
            points = points.set_column(at, field.name, as_moments(values))
        elif field.name == "motor_rpm":
            points = points.set_column(at, field.name, values.cast(MOTORS))
    return points


def _require_finite(values: pa.ChunkedArray) -> None:
    if pa.types.is_list(values.type):
        values = pc.list_flatten(values)
    if pa.types.is_floating(values.type) and not pc.all(pc.is_finite(values)).as_py():
        raise pa.ArrowInvalid("not a finite number")
