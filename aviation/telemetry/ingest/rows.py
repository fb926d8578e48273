"""From a list of JSON objects to columns: all at once, or one by one where something is wrong.

Rows are converted in blocks. A block that holds a wrong value is sorted out row by row, so that
one bad point costs its block some time and its neighbours nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aviation.telemetry.ingest.batch import TIMESTAMP, Batch, Refused, require_modest, type_of
from aviation.telemetry.ingest.moments import as_moments, sent_as
from aviation.telemetry.ingest.sorting_out import sort_out

BLOCK_ROWS = 2_000
Positions = NDArray[np.int64]


def read_rows(rows: Sequence[Any], *, first: int = 0, refused: Sequence[Refused] = ()) -> Batch:
    """Points of ``rows``; REFUSED stands for one that is in ``refused`` already."""
    batches = [
        _block(rows[start : start + BLOCK_ROWS], first + start)
        for start in range(0, len(rows), BLOCK_ROWS)
    ]
    batch = join(batches)
    batch.refused.extend(refused)
    return batch


def join(batches: Sequence[Batch]) -> Batch:
    tables = [batch.points for batch in batches] or [_empty()]
    rows = sum(table.num_rows for table in tables)
    require_modest(rows, set().union(*(table.column_names for table in tables)))
    refused = [each for batch in batches for each in batch.refused]
    points = pa.concat_tables(tables, promote_options="default")
    return Batch(points, sum(batch.sent for batch in batches), refused)


def _block(rows: Sequence[Any], first: int) -> Batch:
    table = _all_at_once(rows, np.arange(first, first + len(rows)))
    if table is not None:
        return Batch(table, len(rows))
    good, positions, refused = sort_out(rows, first)
    return Batch(_converted(good, np.array(positions, dtype=np.int64)), len(rows), refused)


def _all_at_once(rows: Sequence[Any], positions: Positions) -> pa.Table | None:
    try:
        return _converted(rows, positions)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None


def _converted(rows: Sequence[Any], positions: Positions) -> pa.Table:
    """Raises for anything that is not exactly as it should be, an unknown field included."""
    if not rows:
        return _empty()
    kinds = {name: type_of(name) for name in set().union(*rows)}
    if None in kinds.values() or "timestamp" not in kinds or not isinstance(rows[0], dict):
        raise ValueError("unknown field, no time, or no point")
    kinds["timestamp"] = sent_as(rows[0].get("timestamp"))
    fields = [pa.field(name, kind) for name, kind in kinds.items()]
    points = pa.Table.from_struct_array(pa.array(rows, pa.struct(fields)))
    at = points.column_names.index("timestamp")
    points = points.set_column(at, "timestamp", as_moments(points["timestamp"]))
    return points.append_column("position", pa.array(positions, pa.int64()))


def _empty() -> pa.Table:
    return pa.table({"timestamp": pa.array([], TIMESTAMP), "position": pa.array([], pa.int64())})
