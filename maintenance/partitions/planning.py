"""Comparing the partitions there are with those there should be; what differs is a step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from aviation.tenants.context import BoundOrganization
from maintenance.partitions.catalogue import Leaf, partitioned_tables, read_leaves
from maintenance.partitions.securing import securing_statements
from maintenance.partitions.tables import (
    MONTHS_AHEAD,
    MonthlyTable,
    declared,
    following,
    months_between,
)


class Mending(StrEnum):
    """How a step is taken."""

    MAKE = "make"
    FILL = "fill"
    SECURE = "secure"
    OWN = "own"
    TRIGGER = "trigger"
    FINISH_DETACHING = "finish detaching"
    DROP_EMPTY = "drop"
    BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is not as it should be, and what mends it. ``code`` is stable."""

    code: str
    schema: str
    parent: str
    table: str
    text: str
    mending: Mending
    month: date | None = None

    @property
    def needs_owner(self) -> bool:
        """Months ahead are made by whoever runs the clock; all else takes the owner."""
        return self.mending != Mending.MAKE

    def __str__(self) -> str:
        return f"{self.code:<15} {self.schema}.{self.table}: {self.text} [{self.mending}]"


def plan_schema(
    cursor: Any, schema: str, organization: BoundOrganization | None, today: date
) -> list[Step]:
    """Every step for a schema's partitioned tables, in the order they are to be taken.

    Inside a transaction bound to the organization (None: ``public``, as the platform).
    """
    leaves = read_leaves(cursor, schema)
    parents = partitioned_tables(cursor, schema)
    steps: list[Step] = []
    for name in parents:
        table = declared(name)
        if table is None:
            text = "is partitioned and maintenance/partitions/tables.py does not know it"
            steps.append(Step("undeclared", schema, name, name, text, Mending.BY_HAND))
            continue
        own = [leaf for leaf in leaves if leaf.parent == name]
        steps += _strays(schema, own)
        steps += _of_leaves(schema, table, [leaf for leaf in own if not leaf.is_stray])
        steps += _months(schema, table, own, today)
    return steps + list(_unsecured(cursor, schema, organization, parents, leaves))


def _strays(schema: str, leaves: Iterable[Leaf]) -> Iterator[Step]:
    for leaf in leaves:
        if not leaf.is_stray:
            continue
        if leaf.size_bytes == 0:
            text, mending = "hangs on no table and is empty", Mending.DROP_EMPTY
        else:
            text = f"hangs on no table and holds {leaf.size_bytes:,} bytes: attach or drop it"
            mending = Mending.BY_HAND
        yield Step("stray", schema, leaf.parent, leaf.name, text, mending)


def _of_leaves(schema: str, table: MonthlyTable, leaves: Iterable[Leaf]) -> Iterator[Step]:
    for leaf in leaves:
        place = (schema, table.name, leaf.name)
        if leaf.is_detaching:
            text = "an interrupted DETACH left it half hanging on"
            yield Step("detaching", *place, text, Mending.FINISH_DETACHING)
            continue
        if not _is_as_named(leaf):
            text = f"holds {leaf.bound.removeprefix('FOR VALUES ')}, not what its name says"
            yield Step("wrong_month", *place, text, Mending.BY_HAND)
        if not leaf.has_parents_owner:
            yield Step("owner", *place, "belongs to another role than its table", Mending.OWN)
        for name in table.triggers:
            if leaf.triggers.get(name) != "O":
                text = f"{name} is missing or switched off"
                yield Step("trigger", *place, text, Mending.TRIGGER)


def _is_as_named(leaf: Leaf) -> bool:
    if leaf.month is None:
        return False
    return leaf.span == (_midnight(leaf.month), _midnight(following(leaf.month)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _months(
    schema: str, table: MonthlyTable, leaves: Iterable[Leaf], today: date
) -> Iterator[Step]:
    """Those ahead that are missing, then gaps. A stray stands in the way of its own month."""
    this_month = today.replace(day=1)
    last = following(this_month, MONTHS_AHEAD)
    there = {leaf.month for leaf in leaves if leaf.month is not None}
    for month in months_between(this_month, last):
        if month not in there:
            name = table.leaf_of(month)
            text = f"{month:%B %Y} has no partition"
            yield Step("missing", schema, table.name, name, text, Mending.MAKE, month)
    attached = {leaf.month for leaf in leaves if leaf.month is not None and not leaf.is_stray}
    for month in _gaps(table, attached, this_month, last):
        if month not in there:
            name = table.leaf_of(month)
            text = f"{month:%B %Y} is missing between others"
            yield Step("gap", schema, table.name, name, text, Mending.FILL, month)


def _gaps(table: MonthlyTable, there: set[date], this_month: date, ahead: date) -> list[date]:
    if not there:
        return []
    first = min(there) if table.has_every_month else following(ahead)
    between = months_between(first, max(there))
    return [each for each in between if each < this_month or each > ahead]


def _unsecured(
    cursor: Any,
    schema: str,
    organization: BoundOrganization | None,
    parents: Iterable[str],
    leaves: Iterable[Leaf],
) -> Iterator[Step]:
    """Leaves, and the tables above them, whose policies or grants are not as declared."""
    above = {name: name for name in parents}
    above |= {leaf.name: leaf.parent for leaf in leaves if not leaf.is_stray}
    for name, statements in securing_statements(cursor, schema, organization, set(above)):
        text = f"row level security, policies or grants differ in {len(statements)} places"
        yield Step("unsecured", schema, above[name], name, text, Mending.SECURE)
