"""The running server as a backup sees it, through one connection of the operator's.

The connection is the superuser's: row level security hides rows from every other, and they are
counted here. It never belongs to the web or a worker. One backup at a time holds the advisory
lock, which the server gives back when the process is killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from aviation.common.errors import Conflict, Unavailable
from maintenance.backup.session_locks import hold_lock, is_held_beside

VARIABLE, ADMIN_VARIABLE = "DBX_BACKUP_URL", "DBX_ADMIN_URL"
LOCK = 0x6462_7862  # "dbxb"
_FACTS = """
SELECT (SELECT system_identifier FROM pg_control_system()),
       current_setting('server_version_num')::int / 10000,
       pg_size_bytes(current_setting('wal_segment_size')),
       current_setting('archive_mode') <> 'off'
           AND (current_setting('archive_command') NOT IN ('', '(disabled)')
                OR current_setting('archive_library') <> ''),
       coalesce(current_setting('summarize_wal', true), 'off') = 'on',
       (SELECT sum(pg_database_size(oid)) FROM pg_database)
"""

_WITHOUT_END = """
SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN
    ('idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')
"""
"""The connection holds locks and snapshots, and is idle while PostgreSQL's programs are at work."""
_IS_FAILING = """
SELECT last_failed_time > coalesce(last_archived_time, '-infinity') FROM pg_stat_archiver
"""


@dataclass(frozen=True, slots=True)
class Server:
    """What was asked once, and the connection for the rest."""

    connection: psycopg.Connection[tuple[Any, ...]]
    system_identifier: int
    major: int
    segment_bytes: int
    archives: bool
    summarizes_wal: bool
    data_bytes: int

    def now(self) -> datetime:
        """The server's clock: commits in the WAL carry its times."""
        row = self.connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        return row[0]  # type: ignore[no-any-return]

    def is_archiving_failing(self) -> bool:
        """Whether the last attempt to archive a file failed."""
        row = self.connection.execute(_IS_FAILING).fetchone()
        return row == (True,)


def dsn_from(surroundings: Mapping[str, str]) -> str:
    """The operator's connection: DBX_BACKUP_URL, else DBX_ADMIN_URL. Raises Unavailable."""
    dsn = surroundings.get(VARIABLE) or surroundings.get(ADMIN_VARIABLE)
    if not dsn:
        raise Unavailable(
            f"Set {VARIABLE} to the superuser's connection to the product's database."
        )
    return dsn


@contextmanager
def connected_server(dsn: str) -> Iterator[Server]:
    """Raises Unavailable when it does not answer, or goes away while the block is at work."""
    try:
        connection = psycopg.connect(dsn, autocommit=True)
    except psycopg.OperationalError as error:
        raise Unavailable(f"The database server does not answer: {error}") from error
    with connection:
        try:
            yield _asked(connection)
        except psycopg.OperationalError as error:
            if not connection.closed:
                raise
            raise Unavailable(f"The database server went away: {error}") from error


def _asked(connection: psycopg.Connection[tuple[Any, ...]]) -> Server:
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(_WITHOUT_END)
    row = connection.execute(_FACTS).fetchone()
    assert row is not None
    return Server(
        connection,
        system_identifier=row[0],
        major=row[1],
        segment_bytes=row[2],
        archives=row[3],
        summarizes_wal=row[4],
        data_bytes=int(row[5]),
    )


@contextmanager
def locked_server(dsn: str) -> Iterator[Server]:
    """A server that nobody else takes a backup of meanwhile, from whichever of its databases.

    Raises Conflict.
    """
    with connected_server(dsn) as server:
        connection = server.connection
        if not hold_lock(connection, LOCK) or is_held_beside(connection, LOCK):
            raise Conflict("Another backup of this server is being taken.")
        yield server
