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

from aviation.tenants.context import require_organization

CROWDED = 500
"""Rows of changes from which on a reading is worth being made shorter."""


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
    """Read it in one round trip, the binding of the transaction included.

    Raises NoOrganization when none is bound.
    """
    organization = require_organization()
    statement = _statement(organization.id, tuple(topics))
    number, rows, noted = connection.fetch_bound(statement)  # type: ignore[attr-defined]
    is_own = bool(noted) and _is_among(noted, organization.id, topics)
    return Generation(int(number), int(rows), is_own)


def _is_among(noted: str, organization_id: uuid.UUID, topics: Sequence[str]) -> bool:
    """``noted`` is what sql/changes.sql keeps of the running transaction."""
    marks = set(noted.split(" ")[1:])
    return any(f"{topic}@{organization_id}" in marks for topic in topics)


@lru_cache(maxsize=2_048)
def _statement(organization_id: uuid.UUID, topics: tuple[str, ...]) -> bytes:
    """The organization is named besides the policy, which alone would not lead to the index.

    What was noted counts only while the transaction that noted it is still the running one.
    """
    text = (
        "SELECT coalesce(sum(changes), 0)::bigint, count(*), CASE WHEN starts_with("
        "current_setting('app.changed_topics', true), pg_current_xact_id_if_assigned()::text"
        " || ' ') THEN current_setting('app.changed_topics', true) ELSE '' END"
        " FROM public.caching_change WHERE org_id = {} AND topic = ANY ({})"
    )
    given: list[Any] = [sql.Literal(organization_id), sql.Literal(list(topics))]
    return sql.SQL(text).format(*given).as_bytes(None)
