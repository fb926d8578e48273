"""Bringing a batch back out of the recycle archive, while its grace period lasts.

What must never happen: rows back without their files, or the archive's copy gone before both are.
Files are put back first, then the rows in one transaction, compared with those that were taken;
only then is the copy deleted. Killed anywhere, ``finish_interrupted`` goes on.
"""

from __future__ import annotations

import gzip
import hashlib
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction

from aviation.audit.events import record_event
from aviation.common.errors import Conflict
from aviation.flights.models import FlightSession
from aviation.flights.signals import flight_deleted
from aviation.tenants.limits import time_limits
from maintenance.retention import files
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.due import SOURCES
from maintenance.retention.models import RecycledBatch
from maintenance.retention.recycling import empty_folder, rewrite_manifests, told
from maintenance.retention.rows import Rows, as_text, from_text, insert_rows, read_rows

logger = structlog.get_logger("dbx.retention")

KEPT_DAYS = 30
"""How long what was restored is not due again."""


def restore(batch: RecycledBatch, *, at: datetime, days: int = KEPT_DAYS) -> RecycledBatch:
    """Put everything back where it was; it stays for ``days`` at least. Outside a transaction.

    Raises Conflict when it is not in the recycle archive or cannot go back (what it hangs on is
    gone, or something took its place), UnsoundRecycling for damaged files; nothing changes then.
    """
    return finish_restoring(_begin(batch, at + timedelta(days=days)))


def finish_restoring(batch: RecycledBatch) -> RecycledBatch:
    """Go on with a batch whose restoring has begun; where it cannot, it is recycled as before."""
    try:
        with time_limits(statement_s=0):
            return _restored(batch)
    except (Conflict, files.UnsoundRecycling):
        with transaction.atomic():
            # Files that were put back already are removed by the next run.
            RecycledBatch.objects.filter(pk=batch.pk, state=BatchState.RESTORING).update(
                state=BatchState.RECYCLED, kept_until=None, has_sources=True
            )
        raise


def _restored(batch: RecycledBatch) -> RecycledBatch:
    kept = [files.Kept(**each) for each in batch.files]
    rows = _read(batch, kept)
    for each in kept:
        if each.former:
            files.copy_back(each)
    _insert(batch, rows)
    remove_copy(batch)
    logger.info("restored", kind=batch.kind, month=f"{batch.month:%Y-%m}", things=batch.things)
    return batch


def remove_copy(batch: RecycledBatch) -> None:
    """Delete the archive's copy of a restored batch, having looked that its files are back."""
    for each in (files.Kept(**document) for document in batch.files):
        if each.former:
            files.copy_back(each)
    rewrite_manifests(batch)
    empty_folder(batch)
    with transaction.atomic():
        RecycledBatch.objects.filter(pk=batch.pk).update(has_sources=False)
    batch.has_sources = False


@transaction.atomic
def _begin(batch: RecycledBatch, kept_until: datetime) -> RecycledBatch:
    locked = RecycledBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if locked.state != BatchState.RECYCLED:
        raise Conflict(f"This is not in the recycle archive: {locked.get_state_display()}.")
    locked.state, locked.kept_until = BatchState.RESTORING, kept_until
    locked.save(update_fields=["state", "kept_until"])
    return locked


def _read(batch: RecycledBatch, kept: list[files.Kept]) -> Rows:
    text = gzip.decompress(files.read(next(each for each in kept if not each.former)))
    if hashlib.sha256(text).hexdigest() != batch.rows_sha256:
        raise files.UnsoundRecycling("The rows are not those that were recycled.")
    return from_text(text)


def _insert(batch: RecycledBatch, rows: Rows) -> None:
    model = SOURCES[DataKind(batch.kind)].model
    try:
        with transaction.atomic():
            insert_rows(rows)
            if as_text(read_rows(model, batch.roots)) != as_text(rows):
                raise Conflict("The rows did not come back as they were.")
            if model is FlightSession:
                # The figures count the flights anew.
                flight_deleted.send(sender=FlightSession)
            batch.state, batch.has_sources = BatchState.RESTORED, True
            batch.save(update_fields=["state", "has_sources"])
            record_event("retention.restored", object_id=batch.pk, details=told(batch))
    except IntegrityError as error:
        reason = str(error).strip().splitlines()[0]
        raise Conflict(f"It cannot go back: {reason}.") from error
