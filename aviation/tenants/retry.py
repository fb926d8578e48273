"""Doing work again after a failure that was nobody's fault.

What must never happen: work done twice. PostgreSQL undid a transaction that it refused for a
conflict, so that may always be tried again; after a lost connection nobody knows whether the
commit arrived, so only work that may be done twice is tried again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import Error, InterfaceError, OperationalError, connections, transaction

logger = structlog.get_logger("dbx.database")

CONFLICTS = frozenset({"40001", "40P01", "55P03"})
"""Serialization failure, deadlock, lock not granted in time: undone by the server for certain."""
CONNECTION_ENDED = frozenset({"57P01", "57P02", "57P03"})
ATTEMPTS = 4
FIRST_PAUSE_S = 0.05

Result = TypeVar("Result")


def run_in_transaction(
    work: Callable[[], Result],
    *,
    using: str = "default",
    idempotent: bool,
    attempts: int = ATTEMPTS,
    first_pause_s: float = FIRST_PAUSE_S,
    sleep: Callable[[float], None] = time.sleep,
) -> Result:
    """Do ``work`` in a transaction of its own, again when the database could not finish it.

    ``idempotent`` says that doing it twice is the same as once. Pauses double from try to try.
    Raises the last error when no try succeeds, and RuntimeError inside another transaction, which
    alone could be repeated as a whole.
    """
    if connections[using].in_atomic_block:
        raise RuntimeError("Work that may be tried again cannot be part of a larger transaction.")
    for attempt in range(1, attempts):
        try:
            return _once(work, using)
        except Error as error:
            if not _may_repeat(error, using, idempotent):
                raise
            logger.warning("transaction repeated", attempt=attempt, cause=str(error).strip())
            sleep(first_pause_s * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))  # noqa: S311 - spreads rivals apart
    return _once(work, using)


def _once(work: Callable[[], Result], using: str) -> Result:
    try:
        with transaction.atomic(using=using):
            return work()
    except BaseException:
        _end_transaction(using)
        raise


def _end_transaction(using: str) -> None:
    """See to it that a failed transaction is over.

    Django loses count of its savepoints when a migration fails in the statements it keeps for the
    end; without this, whatever comes next would be part of a transaction that nobody commits.
    """
    connection = connections[using]
    if connection.in_atomic_block:
        connection.close()
        connection.connect()


def _may_repeat(error: Error, using: str, idempotent: bool) -> bool:
    if is_conflict(error):
        return True
    if not is_lost_connection(error, using):
        return False
    connections[using].close()
    return idempotent


def sqlstate_of(error: BaseException) -> str:
    """PostgreSQL's five-character code of a Django database error; empty when it has none."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def is_conflict(error: BaseException) -> bool:
    """Whether other work stood in the way; the transaction was undone."""
    return sqlstate_of(error) in CONFLICTS


def is_lost_connection(error: BaseException, using: str) -> bool:
    """Whether the server went away, or never was there."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = sqlstate_of(error)
    if state:
        return state in CONNECTION_ENDED or state.startswith("08")
    held = connections[using].connection
    return held is None or bool(held.closed)
