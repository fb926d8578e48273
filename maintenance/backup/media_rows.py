"""Which files the rows of a restored copy speak of, held against what the backups keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from maintenance.backup.media_list import KeptFile

Connection = psycopg.Connection[tuple[Any, ...]]
_SOURCES = (
    ("flights_flightlog", "file", "raw log"),
    ("telemetry_coldfile", "file_name", "archived telemetry"),
)
_SCHEMAS = """
SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = %s AND c.relkind IN ('r', 'p') ORDER BY 1
"""
_ROWS = sql.SQL("SELECT {file}::text, sha256::text FROM {table} WHERE created_at <= {until}")


def unkept_files(
    connection: Connection, kept: Mapping[str, KeptFile], until: datetime
) -> Iterator[str]:
    """Each row from before ``until`` whose file no list has, or has with other content."""
    for table, column, kind in _SOURCES:
        for (schema,) in connection.execute(_SCHEMAS, [table]).fetchall():
            for name, sha256 in _rows(connection, schema, table, column, until):
                file = kept.get(name)
                if file is None:
                    yield f"{schema}: the {kind} {name} is in no backup."
                elif file.sha256 != sha256:
                    yield f"{schema}: the {kind} {name} is kept with other content."


def _rows(
    connection: Connection, schema: str, table: str, column: str, until: datetime
) -> list[tuple[Any, ...]]:
    query = _ROWS.format(
        file=sql.Identifier(column), table=sql.Identifier(schema, table), until=sql.Literal(until)
    )
    return connection.execute(query).fetchall()
