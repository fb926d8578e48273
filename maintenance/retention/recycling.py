"""Moving what is past its time out of the tables into the recycle archive.

What must never happen: a row in neither place, or in both. Rows and files are copied and read back
while the rows are still in their tables and the copy counts for nothing; then, in one transaction,
the rows are read again under a lock, compared with the copy, deleted, and the copy comes into
force. Former files go last. Killed anywhere, ``finish_interrupted`` throws a copy that counts for
nothing away, or removes the former files of one that does.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.core.files.storage import default_storage
from django.db import transaction

from aviation.audit.events import record_event
from aviation.common.errors import Conflict
from aviation.flights.models import FlightSession
from aviation.flights.signals import flight_deleted
from aviation.telemetry.cold.manifest import write_manifest
from aviation.tenants.context import require_organization
from aviation.tenants.export import stored_files
from aviation.tenants.limits import time_limits
from maintenance.retention import files
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.due import SOURCES, Due
from maintenance.retention.holds import lock_holds, standing_holds
from maintenance.retention.models import RecycledBatch
from maintenance.retention.policies import Rule
from maintenance.retention.rows import Rows, as_text, read_rows

logger = structlog.get_logger("dbx.retention")

_MONTH = re.compile(r"/telemetry/(\d{4}-\d{2})/[^/]+\.parquet\Z")


def recycle(rule: Rule, due: Sequence[Due], at: datetime) -> RecycledBatch:
    """Move rows of one kind and month. Outside a transaction.

    Raises Conflict when they changed meanwhile or are held, UnsoundRecycling when a file cannot
    be copied; the rows are then where they were.
    """
    with time_limits(statement_s=0):
        batch = _begin(rule, due, at)
        try:
            rows = _copy(batch)
            _move(batch, rows, at)
        except BaseException:
            # Whatever went wrong: a copy that is not in force counts for nothing.
            discard(batch)
            raise
        remove_former_files(batch)
    logger.info("recycled", kind=batch.kind, month=f"{batch.month:%Y-%m}", things=batch.things)
    return batch


@transaction.atomic
def discard(batch: RecycledBatch) -> None:
    """Forget a batch that never came into force, with its files. Nobody brings it into force
    meanwhile."""
    if _is_copy(batch):
        empty_folder(batch)
        RecycledBatch.objects.filter(pk=batch.pk).delete()


def require_copy(batch: RecycledBatch) -> None:
    """Keep it from being discarded until the transaction ends. Raises Conflict when it was."""
    if not _is_copy(batch):
        raise Conflict("Another run threw the copy away. Run it again.")


def _is_copy(batch: RecycledBatch) -> bool:
    """Whether it is there and not in force; locked until the transaction ends."""
    copies = RecycledBatch.objects.filter(pk=batch.pk, state=BatchState.COPYING)
    return copies.select_for_update(of=("self",)).first() is not None


def remove_former_files(batch: RecycledBatch) -> None:
    """Delete the files where they lay before; again, when a run was interrupted."""
    for kept in _kept(batch):
        if kept.former:
            default_storage.delete(kept.former)
    rewrite_manifests(batch)
    with transaction.atomic():
        RecycledBatch.objects.filter(pk=batch.pk).update(has_sources=False)
    batch.has_sources = False


def rewrite_manifests(batch: RecycledBatch) -> None:
    """Months of archived telemetry whose files went or came back are listed anew."""
    found = {_MONTH.search(kept.former) for kept in _kept(batch)}
    for month in sorted({match[1] for match in found if match}):
        write_manifest(date.fromisoformat(f"{month}-01"))


def empty_folder(batch: RecycledBatch) -> None:
    """Delete every file of the batch in the recycle archive."""
    for name in list(stored_files(batch.folder)):
        default_storage.delete(f"{batch.folder}/{name}")


def manifest_of(batch: RecycledBatch) -> bytes:
    """What the batch holds, as it is written beside it."""
    document = {
        "batch": str(batch.pk),
        "organization": str(batch.organization_id),
        "kind": batch.kind,
        "month": f"{batch.month:%Y-%m}",
        "first_at": batch.first_at.isoformat(),
        "last_at": batch.last_at.isoformat(),
        "rows": batch.counts,
        "rows_sha256": batch.rows_sha256,
        "files": batch.files,
    }
    return json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"


@transaction.atomic
def _begin(rule: Rule, due: Sequence[Due], at: datetime) -> RecycledBatch:
    assert rule.keep_days is not None
    moments = [each.at for each in due]
    return RecycledBatch.objects.create(
        organization_id=require_organization().id,
        kind=rule.kind,
        month=due[0].month,
        keep_days=rule.keep_days,
        grace_days=rule.grace_days,
        roots=[each.key for each in due],
        flight_ids=_distinct(each.flight for each in due),
        aircraft_ids=_distinct(each.aircraft for each in due),
        first_at=min(moments),
        last_at=max(moments),
        made_at=at,
    )


def _copy(batch: RecycledBatch) -> Rows:
    """Write rows, files and manifest, and note them; nothing is in force yet."""
    model = SOURCES[DataKind(batch.kind)].model
    with transaction.atomic():
        rows = read_rows(model, batch.roots)
    write_copy(batch, rows, files.copy_in(files.former_files(rows), batch.folder))
    return rows


def write_copy(batch: RecycledBatch, rows: Rows, copies: Sequence[files.Kept]) -> None:
    """Write rows and manifest beside the copied files, and note them in the batch, unsaved.

    Raises UnsoundRecycling.
    """
    text = as_text(rows)
    kept = [files.write(f"{batch.folder}/{files.ROWS}", files.packed(text)), *copies]
    batch.counts = {table: len(documents) for table, documents in rows.items()}
    batch.files = [each.as_json() for each in kept]
    batch.rows_sha256 = hashlib.sha256(text).hexdigest()
    manifest = files.write(f"{batch.folder}/{files.MANIFEST}", manifest_of(batch))
    batch.manifest_sha256 = manifest.sha256


@transaction.atomic
def _move(batch: RecycledBatch, rows: Rows, at: datetime) -> None:
    require_copy(batch)
    lock_holds()
    if standing_holds(at).covers(batch.flight_ids, batch.aircraft_ids):
        raise Conflict("A legal hold covers what was to be recycled.")
    model = SOURCES[DataKind(batch.kind)].model
    manager: Any = model._default_manager
    roots = manager.filter(pk__in=batch.roots)
    list(roots.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    if as_text(read_rows(model, batch.roots)) != as_text(rows):
        raise Conflict("What was to be recycled changed meanwhile. Run it again.")
    roots.delete()
    if model is FlightSession:
        flight_deleted.send(sender=FlightSession)
    batch.state = BatchState.RECYCLED
    batch.recycled_at = at
    batch.remove_after = at + timedelta(days=batch.grace_days)
    batch.save()
    record_event("retention.recycled", object_id=batch.pk, details=told(batch))


def told(batch: RecycledBatch) -> dict[str, str]:
    """What the audit trail is told of a batch."""
    return {
        "kind": str(batch.kind),
        "month": f"{batch.month:%Y-%m}",
        "things": str(batch.things),
        "rows": str(sum(batch.counts.values())),
    }


def _kept(batch: RecycledBatch) -> list[files.Kept]:
    return [files.Kept(**each) for each in batch.files]


def _distinct(identities: Any) -> list[uuid.UUID]:
    return sorted({each for each in identities if each is not None})
