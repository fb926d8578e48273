"""Which generation the bound organization's topics are at, as this transaction sees them.

A generation is the number of changes that a snapshot holds. A value made after its generation was
read is never older than it, so whoever reads the same generation later may have the value.
See docs/decisions/0011-cache-invalidation.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from psycopg import sql

from aviation.caching.compacting import compact_after_this
from aviation.common.together import CompanyFailed, Together
from aviation.tenants.context import require_organization

CROWDED = 2_000
"""Rows of changes from which on whoever reads them compacts them: the worker's clock, which does it
every half a minute, must have stopped, as it does without Redis."""


@dataclass(frozen=True, slots=True)
class Generation:
    """Where some topics of an organization stand."""

    number: int
    rows: int
    """How many rows it was summed from; many, when nobody has compacted them lately."""
    is_own: bool
    """This very transaction has changed one of the topics and may still be undone: its number is
    one that others may reach with other changes."""


def generation_of(*topics: str) -> int:
    """How many changes of these topics the bound organization has seen: it only ever grows.

    Inside a transaction that has changed one of them its own changes count.
    """
    return read_generation(topics).number


def read_generation(topics: Sequence[str]) -> Generation:
    """Read it in one round trip. Raises NoOrganization when none is bound."""
    return generation_for(require_organization().id, tuple(topics))


def generation_for(organization_id: uuid.UUID, topics: tuple[str, ...]) -> Generation:
    """The same where it is known that no other organization is bound."""
    told = _tell(_statement(organization_id, topics))
    number, rows, *noted = told.split(" ")
    # What is noted begins with the transaction's id; a topic that others note is nothing to us.
    is_own = any(f"{topic}@{organization_id}" in noted for topic in topics)
    if int(rows) > CROWDED:
        compact_after_this()
    return Generation(int(number), int(rows), is_own)


def _tell(statement: bytes) -> str:
    """Inside a transaction it is that transaction's to say; outside, threads ask together."""
    if connection.in_atomic_block:
        return _tell_all([statement])[0]
    try:
        return _together.ask(statement)
    except CompanyFailed:
        return _tell_all([statement])[0]


def _tell_all(statements: Sequence[bytes]) -> list[str]:
    """The answers in order, each statement sent once; on this thread's connection."""
    different = list(dict.fromkeys(statements))
    rows = connection.fetch_rows(different)  # type: ignore[attr-defined]
    told = {statement: row[0] for statement, row in zip(different, rows, strict=True)}
    return [told[statement] for statement in statements]


_together = Together(_tell_all)


@lru_cache(maxsize=2_048)
def _statement(organization_id: uuid.UUID, topics: tuple[str, ...]) -> bytes:
    """It binds itself where nothing is bound (sql/changes.sql)."""
    given: list[Any] = [sql.Literal(str(organization_id)), sql.Literal(list(topics))]
    return sql.SQL("SELECT public.caching_generation({}, {})").format(*given).as_bytes(None)
