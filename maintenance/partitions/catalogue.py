"""What PostgreSQL's catalogue says of a schema's partitioned tables. Any role may read it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

_LEAF_NAME = re.compile(r"_y(\d{4})m(\d{2})\Z")
_BOUND = re.compile(r"FROM \('([^']+)'\) TO \('([^']+)'\)")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A partition, or a table with a partition's name that hangs on nothing (``is_stray``)."""

    parent: str
    name: str
    bound: str
    is_detaching: bool
    is_stray: bool
    has_parents_owner: bool
    size_bytes: int
    triggers: Mapping[str, str]
    """Name and ``tgenabled``: O is on."""

    @property
    def month(self) -> date | None:
        """The month its name tells; None for a name of another kind."""
        found = _LEAF_NAME.search(self.name)
        if found is None or not 1 <= int(found[2]) <= 12:
            return None
        return date(int(found[1]), int(found[2]), 1)

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """From and to, to exclusive; None for a bound of another kind."""
        found = _BOUND.search(self.bound)
        if found is None:
            return None
        return datetime.fromisoformat(found[1]), datetime.fromisoformat(found[2])


_PARENTS = """
SELECT c.relname FROM pg_partitioned_table t JOIN pg_class c ON c.oid = t.partrelid
WHERE c.relnamespace = %s::regnamespace AND NOT c.relispartition ORDER BY 1
"""
_LEAVES = """
SELECT p.relname, c.relname, coalesce(pg_get_expr(c.relpartbound, c.oid), ''),
       coalesce(i.inhdetachpending, false), i.inhrelid IS NULL, c.relowner = p.relowner,
       pg_relation_size(c.oid),
       coalesce((SELECT jsonb_object_agg(t.tgname, t.tgenabled) FROM pg_trigger t
                 WHERE t.tgrelid = c.oid AND (NOT t.tgisinternal OR t.tgparentid <> 0)), '{}')::text
FROM pg_class p
JOIN pg_class c ON c.relnamespace = p.relnamespace AND c.relkind IN ('r', 'p')
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = p.oid
WHERE p.relnamespace = %s::regnamespace AND p.relkind = 'p' AND NOT p.relispartition
  AND (i.inhrelid IS NOT NULL OR (NOT c.relispartition
       AND c.relname ~ ('^' || p.relname || '_y[0-9]{4}m[0-9]{2}$')))
ORDER BY 1, 2
"""


def partitioned_tables(cursor: Any, schema: str) -> list[str]:
    """The names of the schema's partitioned tables."""
    cursor.execute(_PARENTS, [schema])
    return [row[0] for row in cursor.fetchall()]


def read_leaves(cursor: Any, schema: str) -> list[Leaf]:
    """All partitions of the schema, and tables that look like one and are none."""
    cursor.execute("SET LOCAL TIME ZONE 'UTC'")
    cursor.execute(_LEAVES, [schema])
    return [_leaf(row) for row in cursor.fetchall()]


def _leaf(row: tuple[Any, ...]) -> Leaf:
    parent, name, bound, is_detaching, is_stray, has_owner, size_bytes, triggers = row
    on = json.loads(triggers)
    return Leaf(parent, name, bound, is_detaching, is_stray, has_owner, size_bytes, on)
