"""The formats a flight's rows leave in: CSV for spreadsheets, Parquet and Arrow for programs.

CSV goes out as the database writes it. For the others pyarrow parses that text, column by column:
PostgreSQL writes the shortest text that gives the same number back, so nothing is lost on the way.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from aviation.flights.models import FlightSession
from aviation.telemetry.channels import label_of, spec_of
from aviation.telemetry.columns import COLUMN_TYPES

MOMENT = pa.timestamp("us", tz="UTC")
UNITS_IN_CSV = {"latitude": "latitude_deg", "longitude": "longitude_deg"}
"""All other channels carry their unit in their name already, or have none."""


class ExportFile(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"


CONTENT_TYPES = {
    ExportFile.CSV: "text/csv; charset=utf-8",
    ExportFile.PARQUET: "application/vnd.apache.parquet",
    ExportFile.ARROW: "application/vnd.apache.arrow.stream",
}

BROKEN_OFF = {
    ExportFile.CSV: b"This export broke off and is not complete.\n",
    ExportFile.PARQUET: b"",
    ExportFile.ARROW: b"\xff\xff\xff\xff\xff\xff\xff\x7f",
}
"""A line that is no row; nothing, as Parquet without its end is no file; a message of 2 GB that
does not follow."""


def encoded(
    kind: ExportFile, flight: FlightSession, channels: Sequence[str], lines: Iterable[bytes]
) -> Iterator[bytes]:
    """The file's bytes as they come about; ``lines`` are csv_batches of the same channels."""
    if kind == ExportFile.CSV:
        return _never_seeming_whole(kind, _as_csv(channels, lines))
    schema = arrow_schema(flight, channels)
    tables = (_table(each, schema) for each in lines)
    write = _as_parquet if kind == ExportFile.PARQUET else _as_arrow
    return _never_seeming_whole(kind, write(schema, tables))


def _never_seeming_whole(kind: ExportFile, parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same parts; when making them fails, an end that shows it, and the error.

    The web server ends a body that breaks off like any other, so the client would not notice.
    """
    try:
        yield from parts
    except Exception:
        # The edge of the process: whatever went wrong, what was sent must not pass for the whole.
        yield BROKEN_OFF[kind]
        raise


def csv_header(channels: Sequence[str]) -> str:
    """Our own names only, and every cell below is a number or a moment: none is a formula."""
    return ",".join(["timestamp", *(UNITS_IN_CSV.get(name, name) for name in channels)]) + "\n"


def arrow_schema(flight: FlightSession, channels: Sequence[str]) -> pa.Schema:
    """Moments in UTC and a column per channel, its unit and label in the field's metadata."""
    fields = [pa.field("timestamp", MOMENT, nullable=False)]
    for name in channels:
        notes = {"unit": spec_of(name).unit, "label": label_of(name)}
        fields.append(pa.field(name, _type_of(name), metadata=notes))
    boot_at = flight.boot_at.isoformat() if flight.boot_at else ""
    return pa.schema(fields, metadata={"flight": str(flight.pk), "boot_at": boot_at})


def _type_of(name: str) -> pa.DataType:
    if name in COLUMN_TYPES:
        return COLUMN_TYPES[name]
    return pa.float32() if spec_of(name).name == "motor_rpm" else pa.float64()


def _as_csv(channels: Sequence[str], lines: Iterable[bytes]) -> Iterator[bytes]:
    yield csv_header(channels).encode()
    yield from lines


def _table(lines: bytes, schema: pa.Schema) -> pa.Table:
    read = pyarrow.csv.read_csv(
        pa.BufferReader(lines),
        read_options=pyarrow.csv.ReadOptions(column_names=schema.names, use_threads=False),
        convert_options=pyarrow.csv.ConvertOptions(column_types=schema, null_values=[""]),
    )
    return read.cast(schema)


class _Outbox(io.RawIOBase):
    """Takes what a writer writes, until it is fetched."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def fetch(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole


def _as_arrow(schema: pa.Schema, tables: Iterable[pa.Table]) -> Iterator[bytes]:
    outbox = _Outbox()
    with pa.ipc.new_stream(outbox, schema) as writer:
        for table in tables:
            writer.write_table(table)
            yield outbox.fetch()
    yield outbox.fetch()


def _as_parquet(schema: pa.Schema, tables: Iterable[pa.Table]) -> Iterator[bytes]:
    outbox = _Outbox()
    with pq.ParquetWriter(outbox, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)
            yield outbox.fetch()
    yield outbox.fetch()
