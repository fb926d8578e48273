"""Writing named events: acts that change no row, and acts that were refused.

What must never happen: a refused act unrecorded because its transaction was rolled back, a request
that fails because its event could not be written, or a password in an event.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections

logger = structlog.get_logger("dbx.audit")

LONGEST_TEXT = 500
"""Characters kept of any text that came from outside."""
PATIENCE_S = 2
"""How long an attempt may keep its request waiting: for its turn, and then for the database."""
_turns = threading.BoundedSemaphore(4)
"""Attempts written at the same time by one process: a flood of them can't use up connections."""

_APPEND = "SELECT public.audit_append(%s, %s, %s, %s, %s::jsonb)"


def record_event(
    action: str,
    *,
    table_name: str = "",
    object_id: object = "",
    reason: str = "",
    details: Mapping[str, str] | None = None,
) -> None:
    """Write an event in the running transaction: it stands if and only if the transaction does.

    ``action`` has a dot in it, such as ``export.made``. Whose event it is, who acts and from where
    come from the context.
    """
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, _arguments(action, table_name, object_id, reason, details))


def record_attempt(
    action: str,
    *,
    table_name: str = "",
    object_id: object = "",
    reason: str = "",
    details: Mapping[str, str] | None = None,
) -> bool:
    """Write an event that stays whatever becomes of the running transaction; answers if it did.

    It goes by a connection of its own, opened for it, so that an open transaction here, a failed
    one or a pooler in between is no matter. Never raises for a database that does not answer.
    """
    arguments = _arguments(action, table_name, object_id, reason, details)
    if not _turns.acquire(timeout=PATIENCE_S):
        logger.warning("attempt not recorded", attempt=arguments, cause="too many at once")
        return False
    try:
        with _own_transaction() as cursor:
            cursor.execute(_APPEND, arguments)
    except Error as error:
        logger.warning("attempt not recorded", attempt=arguments, cause=str(error))
        return False
    finally:
        _turns.release()
    return True


@contextmanager
def _own_transaction() -> Iterator[Any]:
    """A short transaction beside the running one, bound to the same organization and person."""
    beside = connections[DEFAULT_DB_ALIAS].copy()
    beside.settings_dict["OPTIONS"] = {
        **beside.settings_dict["OPTIONS"],
        "connect_timeout": PATIENCE_S,
    }
    with _hung_up_after(PATIENCE_S, beside):
        beside.set_autocommit(False)
        with beside.cursor() as cursor:
            yield cursor
        beside.commit()


@contextmanager
def _hung_up_after(seconds: float, beside: Any) -> Iterator[None]:
    """Close the connection in the end, and cut it when the block takes longer than this.

    No limit on the server's side would do: with all its server connections taken, a pooler leaves
    a client waiting before the server hears of it, maybe for the very transaction we run beside.
    """
    timer = threading.Timer(seconds, _cut, [beside])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        beside.close()


def _cut(beside: Any) -> None:
    """From another thread: whoever waits on the connection finds it ended."""
    if beside.connection is not None and not beside.connection.closed:
        with socket.socket(fileno=os.dup(beside.connection.fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)


def _arguments(
    action: str,
    table_name: str,
    object_id: object,
    reason: str,
    details: Mapping[str, str] | None,
) -> list[str]:
    kept = {name: _printable(value) for name, value in (details or {}).items()}
    return [action, table_name, _printable(str(object_id)), _printable(reason), json.dumps(kept)]


def _printable(text: str) -> str:
    """The text without what could forge a line, confuse a terminal or be refused as text."""
    return "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:LONGEST_TEXT]
    )
