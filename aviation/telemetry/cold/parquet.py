"""The layout of an archived file: the table's columns, sorted by time, packed with zstd.

Measurements are split by byte before they are packed: the exponents of neighbouring values are
alike. Moments are stored as differences. The file's own metadata say whose rows they are.
"""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq

from aviation.telemetry.columns import COLUMN_TYPES

SCHEMA_VERSION = 1
TIMESTAMP = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        pa.field("timestamp", TIMESTAMP),
        *(pa.field(name, kind) for name, kind in COLUMN_TYPES.items()),
        pa.field("motor_rpm", pa.list_(pa.float32())),
        pa.field("extras", pa.string()),
        pa.field("sequence", pa.int64()),
        pa.field("flags", pa.int16()),
    ]
)
"""What a row has beside its flight, in the table's own types."""
_ZSTD_LEVEL = 9
_GROUP_ROWS = 1 << 17
_ENCODINGS = {
    "timestamp": "DELTA_BINARY_PACKED",
    "sequence": "DELTA_BINARY_PACKED",
    "motor_rpm.list.element": "BYTE_STREAM_SPLIT",
    **{
        name: "BYTE_STREAM_SPLIT"
        for name, kind in COLUMN_TYPES.items()
        if pa.types.is_floating(kind)
    },
}


def packed(rows: pa.Table, *, about: dict[str, str]) -> bytes:
    """The rows, of SCHEMA, as a file. ``about`` goes into its metadata."""
    names = {f"dbx.{key}": value for key, value in about.items()}
    table = rows.replace_schema_metadata(names)
    sink = io.BytesIO()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=_ZSTD_LEVEL,
        row_group_size=_GROUP_ROWS,
        use_dictionary=["extras", "gps_satellites", "gps_fix_type", "flags"],
        column_encoding=_ENCODINGS,
        write_statistics=["timestamp"],
    )
    return sink.getvalue()


def unpacked(content: bytes) -> pa.Table:
    """The rows of a file. Raises pa.ArrowInvalid for a damaged one."""
    return pq.read_table(io.BytesIO(content)).replace_schema_metadata(None)
