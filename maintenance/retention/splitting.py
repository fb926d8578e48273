"""Dividing a batch of which not everything can go back: the rest stays in the recycle archive.

What hangs on something that was deleted meanwhile, as a log on a flight that a manager deleted by
hand, has no place to go back to. It keeps nobody else from going back.

What must never happen: a row or a file in neither part, or in both. The rest is copied into a
batch of its own and read back while that counts for nothing; it comes into force, with the days
of grace that it had, in the transaction that puts the other part back and takes the rest off the
first batch. Killed before, it is discarded like any copy that counts for nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from aviation.flights.models import FlightSession
from maintenance.retention import files
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.due import SOURCES
from maintenance.retention.models import RecycledBatch
from maintenance.retention.recycling import discard, require_copy, write_copy
from maintenance.retention.rows import Rows, part_of

Document = dict[str, Any]
_SHARED = (
    *("kind", "month", "keep_days", "grace_days", "aircraft_ids", "first_at", "last_at"),
    *("made_at", "recycled_at", "remove_after"),
)
"""What both parts of a batch have in common."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One thing that cannot go back, and why."""

    key: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


@transaction.atomic
def left_out(batch: RecycledBatch, rows: Rows) -> tuple[LeftOut, ...]:
    """What of the batch hangs on a row that is gone."""
    model = SOURCES[DataKind(batch.kind)].model
    found: dict[str, LeftOut] = {}
    for field in _references(model):
        parent = field.related_model._meta
        # A release may have added the reference since.
        keys = (each.get(field.column) for each in _things(batch, rows))
        wanted = {str(key) for key in keys if key is not None}
        standing = field.related_model._base_manager.filter(pk__in=wanted)
        gone = wanted - {str(key) for key in standing.values_list("pk", flat=True)}
        recycled = _recycled(batch, gone) if field.related_model is FlightSession else set()
        for each in _things(batch, rows):
            if (lost := str(each.get(field.column))) in gone:
                key = _key(model, each)
                fate = "lies in the recycle archive" if lost in recycled else "was deleted"
                name = str(each.get("file_name") or key)
                found[key] = LeftOut(key, name, f"its {parent.verbose_name} {fate}")
    return tuple(found.values())


def _recycled(batch: RecycledBatch, flights: Collection[str]) -> set[str]:
    """Which of these flights can be restored themselves, and then what hangs on them."""
    mine = RecycledBatch.objects.filter(organization=batch.organization_id).in_archive()
    holding = mine.filter(kind=DataKind.FLIGHTS, flight_ids__overlap=list(flights))
    return {str(key) for keys in holding.values_list("flight_ids", flat=True) for key in keys}


def set_aside(batch: RecycledBatch, rows: Rows, keys: Collection[str]) -> RecycledBatch:
    """Copy what has these keys into a batch of its own, which is not in force yet.

    Raises UnsoundRecycling; nothing is left of it then.
    """
    rest = _begin(batch, rows, keys)
    try:
        part = part_of(rows, SOURCES[DataKind(batch.kind)].model, keys)
        own = files.former_files(part)
        mine = [each for each in _kept(batch) if each.former in own]
        write_copy(rest, part, files.copy_over(mine, rest.folder))
    except BaseException:
        # Whatever went wrong: a copy that is not in force counts for nothing.
        discard(rest)
        raise
    return rest


def divide(batch: RecycledBatch, rest: RecycledBatch, rows: Rows) -> None:
    """Bring the rest into force and leave ``rows`` to the batch. Inside the transaction that puts
    them back; the batch itself is saved there. Raises Conflict."""
    require_copy(rest)
    others = {each["former"] for each in rest.files if each["former"]}
    batch.roots = [key for key in batch.roots if key not in set(rest.roots)]
    batch.flight_ids = _flights(batch, rows)
    batch.counts = {table: len(documents) for table, documents in rows.items()}
    batch.files = [each for each in batch.files if each["former"] not in others]
    rest.state = BatchState.RECYCLED
    rest.save()


@transaction.atomic
def _begin(batch: RecycledBatch, rows: Rows, keys: Collection[str]) -> RecycledBatch:
    """Aircraft are not told apart: a legal hold rather covers too much."""
    rest = RecycledBatch(
        organization_id=batch.organization_id,
        roots=[key for key in batch.roots if key in keys],
        **{name: getattr(batch, name) for name in _SHARED},
    )
    rest.flight_ids = _flights(rest, rows)
    rest.save(force_insert=True)
    return rest


def _flights(batch: RecycledBatch, rows: Rows) -> list[uuid.UUID]:
    """The flights that the things with the batch's keys tell of."""
    model = SOURCES[DataKind(batch.kind)].model
    column = "id" if model is FlightSession else "session_id"
    mine = [each for each in _things(batch, rows) if _key(model, each) in set(batch.roots)]
    return sorted({uuid.UUID(each[column]) for each in mine if each.get(column)})


def _things(batch: RecycledBatch, rows: Rows) -> list[Document]:
    return rows.get(SOURCES[DataKind(batch.kind)].model._meta.db_table, [])


def _key(model: type[models.Model], thing: Document) -> str:
    return str(thing[str(model._meta.pk.column)])


def _references(model: type[models.Model]) -> Iterator[Any]:
    return (each for each in model._meta.concrete_fields if each.is_relation)


def _kept(batch: RecycledBatch) -> list[files.Kept]:
    return [files.Kept(**each) for each in batch.files if each["former"]]
