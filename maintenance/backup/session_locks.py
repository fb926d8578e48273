"""Advisory locks that a command's connection holds until it ends or is killed."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

PATIENCE_S = 3
"""A connection that has just closed, or whose command was killed, is still the lock's holder until
the server notices; the next command must not be refused for that."""
_BESIDE = """
SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND granted
        AND (classid::bigint, objid::bigint, objsubid) = (%s, %s, %s)
        AND database <> (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""


def hold_lock(connection: psycopg.Connection[tuple[Any, ...]], *key: int) -> bool:
    """Whether the connection, which commits by itself, has the lock of one number or of two now."""
    connection.execute(sql.SQL("SET lock_timeout = {}").format(f"{PATIENCE_S}s"))
    numbers = sql.SQL(", ").join(map(sql.Literal, key))
    try:
        connection.execute(sql.SQL("SELECT pg_advisory_lock({})").format(numbers))
    except psycopg.errors.LockNotAvailable:
        return False
    finally:
        connection.execute("RESET lock_timeout")
    return True


def is_held_beside(connection: psycopg.Connection[tuple[Any, ...]], *key: int) -> bool:
    """Whether somebody has the lock in another database of the server: each has its own locks."""
    named = (*key, 2) if len(key) == 2 else (key[0] >> 32, key[0] & 0xFFFF_FFFF, 1)
    return connection.execute(_BESIDE, named).fetchone() == (True,)
