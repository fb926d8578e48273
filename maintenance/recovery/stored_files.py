"""Files in the storage that rows of then name: backups hold the rows, not the files."""

from __future__ import annotations

from django.core.files.storage import default_storage
from psycopg import sql

from maintenance.recovery.comparing import Connection

_NAMED = (
    ("flights_flightlog", "SELECT file FROM {} WHERE file <> ''"),
    ("telemetry_coldfile", "SELECT file_name FROM {} WHERE is_in_force"),
)
"""Tables whose rows stand for a file, and the question for their names."""


def missing(connection: Connection, schema: str) -> dict[str, int]:
    """By table, how many of the files are not in the storage any more; only where some are."""
    found = {}
    for table, query in _NAMED:
        names = connection.execute(sql.SQL(query).format(sql.Identifier(schema, table))).fetchall()
        gone = sum(not default_storage.exists(name) for (name,) in names)
        if gone:
            found[table] = gone
    return found
