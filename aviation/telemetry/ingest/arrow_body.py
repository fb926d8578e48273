"""Points as an Arrow IPC stream: the quickest way in, columns from end to end.

What must never happen: memory beyond what was sent. So columns have one of a few plain types and
nothing inside the stream is compressed: a body is compressed as a whole, where the ratio is seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aviation.telemetry.ingest.arrow_messages import require_plain_messages
from aviation.telemetry.ingest.batch import MOTORS, Batch, require_modest, type_of
from aviation.telemetry.ingest.bounds import LONGEST_NAME, MAX_FIELDS
from aviation.telemetry.ingest.moments import as_moments
from aviation.telemetry.ingest.unpacking import Content, Unreadable


def read_arrow(body: Content) -> Batch:
    """Raises Unreadable or TooLarge. A column's type is the sender's mistake in every row."""
    table = _table(body)
    try:
        columns = {name: _canonical(name, table[name]) for name in table.column_names}
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise Unreadable(f"A column holds what cannot be used: {str(error)[:200]}") from None
    columns["position"] = pa.chunked_array([pa.array(np.arange(table.num_rows))])
    return Batch(pa.table(columns), table.num_rows)


def _table(body: Content) -> pa.Table:
    rows, batches = 0, []
    try:
        require_plain_messages(body)
        with pa.ipc.open_stream(pa.BufferReader(body)) as reader:
            _require_known(reader.schema)
            for each in reader:
                rows += each.num_rows
                require_modest(rows, reader.schema.names)
                each.validate(full=True)
                batches.append(each)
            return pa.Table.from_batches(batches, reader.schema)
    except (pa.ArrowException, OSError, ValueError):
        raise Unreadable("The body is no Arrow IPC stream.") from None


def _require_known(schema: pa.Schema) -> None:
    names = schema.names
    if "timestamp" not in names:
        raise Unreadable("The stream has no column named timestamp.")
    if len(names) > MAX_FIELDS or len(set(names)) != len(names):
        raise Unreadable("The stream has too many columns, or one of them twice.")
    unknown = [name for name in names if type_of(name) is None]
    if unknown:
        raise Unreadable(f"Unknown columns: {', '.join(sorted(unknown)[:5])[:200]}.")
    for name, kind in zip(names, schema.types, strict=True):
        if not _is_usable(name, kind):
            raise Unreadable(f"{name} cannot be a column of type {str(kind)[:100]}.")


def _is_usable(name: str, kind: pa.DataType) -> bool:
    if name == "timestamp":
        return _is_text(kind) or (pa.types.is_timestamp(kind) and kind.tz is not None)
    if name in ("flight", "aircraft"):
        return _is_text(kind)
    if name == "motor_rpm":
        is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
        return is_list and _is_number(kind.value_type)
    return _is_number(kind)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return bool(is_text or pa.types.is_null(kind))


def _is_number(kind: pa.DataType) -> bool:
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return bool(is_number or pa.types.is_boolean(kind) or pa.types.is_null(kind))


def _canonical(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = type_of(name)
    if pa.types.is_dictionary(column.type):
        column = _spelt_out(name, column)
    if name == "timestamp":
        return as_moments(column)
    if kind == pa.string():
        _require_short(name, column)
    if column.type == kind:
        return column
    # A float may round a whole number; a sequence may not lose anything.
    return pc.cast(column, kind, safe=kind not in (pa.float64(), MOTORS))


def _spelt_out(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Bounded by what the words weigh: a long one may be meant by every row."""
    for chunk in column.chunks:
        _require_short(name, chunk.dictionary)
    return pc.cast(column, column.type.value_type)


def _require_short(name: str, texts: Any) -> None:
    if len(texts) and not pa.types.is_null(texts.type):
        longest = pc.max(pc.binary_length(texts)).as_py() or 0
        if longest > LONGEST_NAME:
            raise Unreadable(f"{name} holds a text of more than {LONGEST_NAME} bytes.")
