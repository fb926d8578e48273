"""What dumps of single organizations left that were killed: looked for, told, removed.

What must never happen: a file of a dump that is being made goes, or one of a finished dump. A
dump's connection holds a lock named by the dump's id from before its first file until its manifest
is written, and the dump counts only when that connection still stands afterwards. So whoever has
the lock and finds no manifest then has remains before them, however old or young.

The lock is one of the server's, and is looked for in all of its databases: several that hold the
product may share a store. In a store that belongs to another cluster nothing is touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from aviation.common.errors import Conflict
from maintenance.backup.dump_store import is_finished, remove_files, unfinished_ids
from maintenance.backup.folder_store import Store
from maintenance.backup.server import Server
from maintenance.backup.session_locks import hold_lock, is_held_beside
from maintenance.backup.wal_store import cluster_of

logger = structlog.get_logger("dbx.backup")
LOCK = 0x6462_7864  # "dbxd"
MARK_DIGITS = 6
"""Hexadecimal, at the end of a dump's id; they name its lock."""
_KNOWS_OF_DUMPS = """
SELECT to_regclass('public.tenants_organization') IS NOT NULL AND NOT pg_is_in_recovery()
"""


def hold_dump(server: Server, mark: str) -> None:
    """Let the connection hold the lock of the dump whose id ends so, until the connection ends.

    Raises Conflict.
    """
    if not hold_lock(server.connection, LOCK, int(mark, 16)):
        raise Conflict("Another dump has the same mark. Try again.")


def find_remains(store: Store, server: Server) -> list[str]:
    """Ids of dumps that were begun and that nobody will finish."""
    found = []
    for dump_id in _candidates(store, server):
        with _taken(dump_id, store, server) as is_dead:
            if is_dead:
                found.append(dump_id)
    return found


def remove_remains(store: Store, server: Server) -> list[str]:
    """Delete their files; answers their ids."""
    removed = []
    for dump_id in _candidates(store, server):
        with _taken(dump_id, store, server) as is_dead:
            if is_dead:
                remove_files(dump_id, store)
                removed.append(dump_id)
                logger.warning("remains of an interrupted dump removed", dump=dump_id)
    return removed


def _candidates(store: Store, server: Server) -> list[str]:
    """None where their locks are not to be seen, as on a standby."""
    if cluster_of(store) not in (None, server.system_identifier):
        return []
    if server.connection.execute(_KNOWS_OF_DUMPS).fetchone() != (True,):
        return []
    return unfinished_ids(store)


@contextmanager
def _taken(dump_id: str, store: Store, server: Server) -> Iterator[bool]:
    """Whether the dump is dead; for the block its lock is held then. Waits for nobody."""
    key = [LOCK, int(dump_id[-MARK_DIGITS:], 16)]
    row = server.connection.execute("SELECT pg_try_advisory_lock(%s, %s)", key).fetchone()
    if row != (True,):
        yield False
        return
    try:
        is_at_work = is_held_beside(server.connection, *key)
        yield not is_at_work and not is_finished(dump_id, store)
    finally:
        server.connection.execute("SELECT pg_advisory_unlock(%s, %s)", key)
