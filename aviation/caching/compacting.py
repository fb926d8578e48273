"""Making one row of the many that note a topic's changes. Its generation stays what it is."""

from __future__ import annotations

import time

import structlog
from django.db import Error, connection, transaction

from aviation.tenants.context import platform_context

log = structlog.get_logger("dbx.cache")

MOST_ROWS = 20
"""Rows of a topic that are left alone: reading them costs no more than reading one."""
REST_S = 10.0
"""How often a process compacts by itself at most."""
_rests_until = 0.0


def compact(most_rows: int = MOST_ROWS) -> int:
    """Compact the topics of all organizations that have more rows; answers how many rows went."""
    with platform_context(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.caching_compact(%s)", [most_rows])
        return int(cursor.fetchone()[0])


def compact_after_this() -> None:
    """Compact when the running transaction has ended, unless this was done a moment ago."""
    global _rests_until
    if time.monotonic() < _rests_until:
        return
    _rests_until = time.monotonic() + REST_S
    transaction.on_commit(_compact_quietly, robust=True)


def _compact_quietly() -> None:
    """Nobody has asked for it: whoever is answered meanwhile is answered all the same."""
    try:
        compact()
    except Error as error:
        log.warning("notes of changes were not compacted", error=str(error)[:200])
