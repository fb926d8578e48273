"""Archived rows as the lines of CSV that the database would have written."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

_OPTIONS = csv.WriteOptions(include_header=False, quoting_style="none")
_TIMESTAMP = pa.timestamp("us")


def csv_lines(batch: pa.RecordBatch) -> bytes:
    """Lines of a batch whose first column is microseconds since 1970: moment, then the values."""
    moments = pc.strftime(batch.column(0).cast(_TIMESTAMP), format="%Y-%m-%dT%H:%M:%SZ")
    table = pa.table([moments, *batch.columns[1:]], names=batch.schema.names)
    sink = io.BytesIO()
    csv.write_csv(table, sink, _OPTIONS)
    return sink.getvalue()


def gathered(lines: Iterable[bytes], count: int) -> Iterator[bytes]:
    """The lines again, ``count`` at a time."""
    rest = iter(lines)
    while block := b"".join(islice(rest, count)):
        yield block
