"""Advisory locks that a command's connection holds until it ends or is killed."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

PATIENCE_S = 3
"""A connection that has just closed, or whose command was killed, is still the lock's holder until
the server notices; the next command must not be refused for that."""


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
