"""Reading a flight's archived rows with DuckDB, as the table would have given them.

A file holds one flight and month and is checked against its SHA-256 each time it is opened. DuckDB
runs inside the process, on one thread, in bounded memory, and may load nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from aviation.flights.models import FlightSession
from aviation.telemetry.channels import spec_of
from aviation.telemetry.cold.content import checked_content
from aviation.telemetry.cold.models import ColdFile
from aviation.telemetry.columns import COLUMN_TYPES
from aviation.telemetry.reading.span import Span
from aviation.telemetry.record import FloatArray

if TYPE_CHECKING:
    import duckdb

BATCH_ROWS = 8_192
_SETTINGS: dict[str, Any] = {
    "memory_limit": "160MB",
    "threads": 1,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_WITHIN = 'FROM read_parquet($files) WHERE epoch_us("timestamp") BETWEEN $start AND $end'


def cold_files(flight: FlightSession, span: Span) -> list[ColdFile]:
    """The flight's archived files that reach into the span, by time. One query."""
    return list(
        ColdFile.objects.filter(
            session=flight,
            is_in_force=True,
            first_point_at__lte=span[1],
            last_point_at__gte=span[0],
        )
    )


def count_cold(files: Sequence[ColdFile], span: Span) -> int:
    """How many archived rows lie in the span; ends included."""
    if all(_is_within(file, span) for file in files):
        return sum(file.rows for file in files)
    with _asked(f"SELECT count(*) {_WITHIN}", files, span) as answer:
        return int(answer.fetchall()[0][0])


def cold_rows(
    files: Sequence[ColdFile], flight: FlightSession, names: Sequence[str], span: Span
) -> Iterator[FloatArray]:
    """Batches of (rows, 1 + channels): seconds since boot, then the channels, as windows gives."""
    assert flight.boot_at is not None
    boot_us = _microseconds(flight.boot_at)
    values = ", ".join(f"({_column(name)})::DOUBLE" for name in names)
    query = f'SELECT epoch_us("timestamp"), {values} {_WITHIN} ORDER BY "timestamp"'
    with _asked(query, files, span) as answer:
        for batch in _batches(answer, BATCH_ROWS):
            moments = batch.column(0).to_numpy()
            rows = np.empty((batch.num_rows, 1 + len(names)))
            rows[:, 0] = (moments - boot_us) / 1e6
            for place in range(1, 1 + len(names)):
                rows[:, place] = batch.column(place).to_numpy(zero_copy_only=False)
            yield rows


def cold_batches(
    files: Sequence[ColdFile], names: Sequence[str], span: Span, *, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    """``timestamp`` and the channels in the types they are stored in, by time."""
    columns = ", ".join(f'{_column(name)} AS "{name}"' for name in names)
    query = f'SELECT epoch_us("timestamp") AS at, {columns} {_WITHIN} ORDER BY "timestamp"'
    with _asked(query, files, span) as answer:
        yield from _batches(answer, batch_rows)


def cold_channels(files: Sequence[ColdFile], span: Span) -> list[str]:
    """The names of what any archived row of the span holds."""
    counts = ", ".join(f"count({name}) > 0" for name in COLUMN_TYPES)
    query = f"SELECT coalesce(max(len(motor_rpm)), 0), {counts} {_WITHIN}"
    with _asked(query, files, span) as answer:
        motors, *has_column = answer.fetchall()[0]
    with _asked(f"SELECT DISTINCT unnest(json_keys(extras)) {_WITHIN}", files, span) as answer:
        extras = sorted(row[0] for row in answer.fetchall())
    columns = [name for name, is_there in zip(COLUMN_TYPES, has_column, strict=True) if is_there]
    return columns + [f"motor_rpm_{number}" for number in range(1, motors + 1)] + extras


def _batches(answer: duckdb.DuckDBPyRelation, rows: int) -> Iterator[pa.RecordBatch]:
    return cast(Iterator[pa.RecordBatch], answer.to_arrow_reader(rows))


def _column(name: str) -> str:
    """What a query names to get the channel. Names are canonical: ``spec_of`` refuses others."""
    if name in COLUMN_TYPES:
        return f'"{name}"'
    if spec_of(name).name == "motor_rpm":
        return f"nullif(motor_rpm[{int(name.rsplit('_', 1)[1])}], 'NaN'::FLOAT)"
    return f"(extras ->> '{name}')::DOUBLE"


@contextmanager
def _asked(query: str, files: Sequence[ColdFile], span: Span) -> Iterator[duckdb.DuckDBPyRelation]:
    import duckdb  # by the first query: few processes ask for archived rows

    with _on_this_machine(files) as paths, duckdb.connect(":memory:", config=_SETTINGS) as engine:
        values = {
            "files": paths,
            "start": _microseconds(span[0]),
            "end": _microseconds(span[1]),
        }
        yield engine.sql(query, params=values)


@contextmanager
def _on_this_machine(files: Sequence[ColdFile]) -> Iterator[list[str]]:
    """Paths of checked copies. Raises UnsoundArchive for a file that is missing or changed."""
    with tempfile.TemporaryDirectory(prefix="dbx-cold-") as folder:
        paths = []
        for number, file in enumerate(files):
            path = Path(folder) / f"{number}.parquet"
            path.write_bytes(checked_content(file))
            paths.append(str(path))
        yield paths


def _is_within(file: ColdFile, span: Span) -> bool:
    return span[0] <= file.first_point_at and file.last_point_at <= span[1]


def _microseconds(moment: Any) -> int:
    seconds = int(moment.replace(microsecond=0).timestamp())
    return seconds * 1_000_000 + int(moment.microsecond)
