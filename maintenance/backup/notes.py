"""What was in the database when a backup was taken, to hold a restored copy against.

Rows are counted before and after a named point is written to the WAL. A copy restored to that
point must have as many as then, which for a table nobody wrote to meanwhile is one number, and
for a busy one lies between the two. The newest audit event is noted with its content's digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import psycopg
from psycopg import sql

from maintenance.backup.server import Server

Connection = psycopg.Connection[tuple[Any, ...]]
_TABLES = """
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2
"""
_AUDIT_HEAD = """
SELECT e.id, md5(e::text) FROM public.audit_event e ORDER BY e.id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """Rows by table (with its schema, so by organization), and the newest audit event."""

    rows: Mapping[str, int]
    audit_head: int
    audit_digest: str


@dataclass(frozen=True, slots=True)
class Notes:
    """The contents shortly before and shortly after the restore point."""

    restore_point: str
    before: Contents
    after: Contents

    def as_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()


def read_notes(text: bytes) -> Notes:
    document = json.loads(text)
    before, after = Contents(**document["before"]), Contents(**document["after"])
    return Notes(document["restore_point"], before, after)


def take_notes(server: Server, name: str) -> Notes:
    """Count, mark the point in the WAL, count again, and send the point on to the archive."""
    before = contents(server.connection)
    server.connection.execute("SELECT pg_create_restore_point(%s)", [name])
    server.connection.execute("SELECT pg_switch_wal()")
    return Notes(name, before, contents(server.connection))


def contents(connection: Connection) -> Contents:
    """Every table counted by itself: in one transaction a few hundred organizations' tables need
    more locks than a server has. Outside a transaction, on a connection that commits by itself.

    No two counts are of one moment; that each is from before the restore point, or from after it,
    is all that is made of them.
    """
    rows = {}
    for schema, table in connection.execute(_TABLES).fetchall():
        with suppress(psycopg.errors.UndefinedTable):  # dropped meanwhile, as an old month may be
            rows[f"{schema}.{table}"] = _count(connection, schema, table)
    return Contents(rows, *_audit_head(connection))


def differences(notes: Notes, restored: Contents) -> Iterator[str]:
    """What a copy restored to the noted point has otherwise than it must; nothing when right."""
    for table in sorted({*notes.before.rows, *notes.after.rows, *restored.rows}):
        counts = [each.rows.get(table, 0) for each in (notes.before, notes.after)]
        held = restored.rows.get(table)
        if held is None and 0 not in counts:
            yield f"{table} is missing."
        elif not min(counts) <= (held or 0) <= max(counts):
            yield f"{table} has {held} rows instead of {_between(*sorted(counts))}."
    yield from _audit_differences(notes, restored)


def _audit_differences(notes: Notes, restored: Contents) -> Iterator[str]:
    low, high = notes.before.audit_head, notes.after.audit_head
    if not low <= restored.audit_head <= high:
        yield f"The newest audit event is {restored.audit_head} instead of {_between(low, high)}."
    for noted in (notes.before, notes.after):
        is_same = noted.audit_head == restored.audit_head
        if is_same and noted.audit_digest != restored.audit_digest:
            yield f"Audit event {restored.audit_head} is not the one that was noted."
            return


def _between(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _audit_head(connection: Connection) -> tuple[int, str]:
    with connection.transaction():
        connection.execute("SET LOCAL TimeZone = 'UTC'")  # digests of rows hold times as text
        found = connection.execute("SELECT to_regclass('public.audit_event') IS NOT NULL")
        head = connection.execute(_AUDIT_HEAD).fetchone() if found.fetchone() == (True,) else None
    return (int(head[0]), str(head[1])) if head else (0, "")


def _count(connection: Connection, schema: str, table: str) -> int:
    statement = sql.SQL("SELECT count(*) FROM ONLY {}").format(sql.Identifier(schema, table))
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])
