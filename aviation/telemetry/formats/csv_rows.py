"""The rows of a CSV log, block by block: chosen columns as numbers.

A value that is no number is left out alone, and counted; its row stays. A row with too many or
too few fields is left out, and counted.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from pyarrow import csv

from aviation.telemetry.formats.csv_numbers import as_numbers
from aviation.telemetry.formats.csv_text import Layout
from aviation.telemetry.formats.csv_time import TimeColumn
from aviation.telemetry.formats.errors import UnreadableLog
from aviation.telemetry.formats.opening import LogBytes
from aviation.telemetry.record import FloatArray

BLOCK_BYTES = 1 << 20


@dataclass(slots=True)
class Rows:
    """What was read of the wanted columns, by their place in the file."""

    count: int = 0
    numbers: dict[int, list[FloatArray]] = field(default_factory=dict)
    unreadable: dict[int, int] = field(default_factory=dict)
    """How many values of a column are neither empty nor a number."""
    bad_rows: int = 0
    is_cut_short: bool = False
    """Whether reading ended at a place that could not be read on from."""

    def take(self, place: int) -> FloatArray:
        """One column as a whole; its parts are let go."""
        blocks = self.numbers.pop(place, [])
        return np.concatenate(blocks) if blocks else np.empty(0)


def read_rows(
    data: LogBytes, layout: Layout, time_place: int, time: TimeColumn, places: Sequence[int]
) -> Rows:
    """Read the time column into ``time`` and others as numbers (NaN where there is none).

    Raises UnreadableLog when not even the first block can be read.
    """
    rows = Rows()
    for batch in _batches(data, layout, [time_place, *places], rows):
        time.add(batch.column(0))
        rows.count += len(batch)
        for column, place in enumerate(places, start=1):
            values, unreadable = as_numbers(batch.column(column), layout.has_decimal_comma)
            rows.numbers.setdefault(place, []).append(values)
            rows.unreadable[place] = rows.unreadable.get(place, 0) + unreadable
    return rows


def _batches(
    data: LogBytes, layout: Layout, places: Sequence[int], rows: Rows
) -> Iterator[pa.RecordBatch]:
    def skip(_: csv.InvalidRow) -> str:
        rows.bad_rows += 1
        return "skip"

    wanted = [f"c{place}" for place in places]
    try:
        yield from csv.open_csv(
            _source(data, layout),
            read_options=csv.ReadOptions(
                column_names=[f"c{place}" for place in range(len(layout.header))],
                skip_rows=layout.lines_before_data,
                block_size=BLOCK_BYTES,
                encoding="latin-1",  # takes any byte; numbers and dates are ASCII anyway
                use_threads=False,
            ),
            parse_options=csv.ParseOptions(delimiter=layout.delimiter, invalid_row_handler=skip),
            convert_options=csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if not rows.count:
            text = "This table cannot be read: its rows do not fit its header."
            raise UnreadableLog("not_a_log", text) from error
        rows.is_cut_short = True


def _source(data: LogBytes, layout: Layout) -> pa.NativeFile | io.BytesIO:
    if layout.encoding == "utf-16":
        return io.BytesIO(bytes(data).decode("utf-16", "replace").encode("utf-8"))
    return pa.BufferReader(pa.py_buffer(data))
