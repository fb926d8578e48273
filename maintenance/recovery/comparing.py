"""Counting and digesting tables, to tell whether two hold the same rows.

A digest is the sum of PostgreSQL's own hashes of all rows, so the order of rows is no matter. It
is the same in a copy of the same machine and version, and it is for finding differences, not for
proving that nobody forged one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from maintenance.recovery.plans import TableThen

Connection = psycopg.Connection[tuple[Any, ...]]
_TABLES = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY 1
"""
_BY_HASH = "SELECT count(*), coalesce(sum(hash_record_extended(t, 0)::numeric), 0)::text FROM {} t"
_BY_TEXT = (
    "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} t"
)


@dataclass(frozen=True, slots=True)
class Contents:
    rows: int
    digest: str


NOTHING = Contents(0, "0")


def tables_in(connection: Connection, schema: str) -> list[str]:
    """The tables of a schema; partitions are part of the table above them."""
    return [name for (name,) in connection.execute(_TABLES, [f'"{schema}"']).fetchall()]


def contents_of(connection: Connection, schema: str) -> dict[str, Contents]:
    """Every table of a schema by its name; whoever asks sees to it that nobody writes meanwhile."""
    with connection.transaction():
        return {
            name: contents_of_table(connection, schema, name)
            for name in tables_in(connection, schema)
        }


def contents_of_table(connection: Connection, schema: str, table: str) -> Contents:
    place = sql.Identifier(schema, table)
    try:
        with connection.transaction():
            row = connection.execute(sql.SQL(_BY_HASH).format(place)).fetchone()
    except psycopg.errors.UndefinedFunction:  # a column of a kind that has no hash, such as json
        row = connection.execute(sql.SQL(_BY_TEXT).format(place)).fetchone()
    assert row is not None
    return Contents(row[0], row[1])


def compared(now: Mapping[str, Contents], then: Mapping[str, Contents]) -> list[TableThen]:
    """Both sides of every table, in the order of their names."""
    found = []
    for table in sorted({*now, *then}):
        here, there = now.get(table, NOTHING), then.get(table, NOTHING)
        found.append(TableThen(table, here.rows, there.rows, here.digest, there.digest))
    return found
