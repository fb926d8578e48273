"""Files in the storage that rows of then name: backups hold the rows, not the files."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.files.storage import default_storage
from psycopg import sql

from maintenance.recovery.comparing import Connection

_NAMED = (
    ("flights_flightlog", "SELECT file FROM {} WHERE file <> '' AND {}"),
    ("telemetry_coldfile", "SELECT file_name FROM {} WHERE is_in_force AND {}"),
)
"""Tables whose rows stand for a file, and the question for their names."""
_ALL_ROWS = {table: sql.SQL("true") for table, _ in _NAMED}


def missing(
    connection: Connection, schema: str, among: Mapping[str, sql.Composable] = _ALL_ROWS
) -> dict[str, int]:
    """By table, how many of the files are not in the storage any more; only where some are.

    ``among`` names the tables that count, each with the condition its rows meet.
    """
    found = {}
    for table, query in _NAMED:
        if table not in among:
            continue
        asked = sql.SQL(query).format(sql.Identifier(schema, table), among[table])
        names = connection.execute(asked).fetchall()
        gone = sum(not default_storage.exists(name) for (name,) in names)
        if gone:
            found[table] = gone
    return found
