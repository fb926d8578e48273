"""Bringing a batch back out of the recycle archive, while its grace period lasts.

What must never happen: rows back without their files, or the archive's copy gone before both are.
Files are put back first, then the rows in one transaction, compared with those that were taken;
only then is the copy deleted. What has no place to go back to stays in the recycle archive, and
is told. Killed anywhere, ``finish_interrupted`` goes on.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import DataError, IntegrityError, ProgrammingError, transaction

from aviation.audit.events import record_event
from aviation.common.errors import Conflict
from aviation.flights.models import FlightSession
from aviation.flights.signals import flight_deleted
from aviation.tenants.limits import time_limits
from maintenance.retention import files
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.due import SOURCES
from maintenance.retention.models import RecycledBatch
from maintenance.retention.recycling import (
    discard,
    empty_folder,
    remove_former_files,
    rewrite_manifests,
    told,
)
from maintenance.retention.rows import (
    Rows,
    foreign_tables,
    from_text,
    insert_rows,
    is_back,
    part_of,
)
from maintenance.retention.splitting import LeftOut, divide, left_out, set_aside

logger = structlog.get_logger("dbx.retention")

_CHANGED = ("roots", "flight_ids", "counts", "files")
KEPT_DAYS = 30
"""How long what was restored is not due again."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and what did not: that lies in the recycle archive as ``rest``."""

    batch: RecycledBatch
    left_out: tuple[LeftOut, ...] = ()
    rest: RecycledBatch | None = None


def restore(batch: RecycledBatch, *, at: datetime, days: int = KEPT_DAYS) -> Restored:
    """Put everything back where it was; it stays for ``days`` at least. Outside a transaction.

    What hangs on something that was deleted meanwhile stays in the recycle archive, in a batch of
    its own. Raises Conflict when the batch is not in the recycle archive or nothing of it can go
    back, when something took its place, or when a release took a table or column away or narrowed
    it; UnsoundRecycling for damaged files. Nothing changes then.
    """
    return finish_restoring(_begin(batch, at + timedelta(days=days)))


def finish_restoring(batch: RecycledBatch) -> Restored:
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


def _restored(batch: RecycledBatch) -> Restored:
    rows = _read(batch, [files.Kept(**each) for each in batch.files])
    staying = left_out(batch, rows)
    if len(staying) == batch.things:
        reasons = ", or ".join(sorted({each.reason for each in staying}))
        raise Conflict(f"It cannot go back: {reasons}.")
    rest = None
    if staying:
        rest = set_aside(batch, rows, {each.key for each in staying})
    try:
        _put_back(batch, rows, rest)
    except BaseException:
        # Whatever went wrong: all of it is still in the first batch.
        if rest is not None:
            discard(rest)
        raise
    remove_copy(batch)
    if rest is not None:
        remove_former_files(rest)
        logger.warning("restored in part", rest=str(rest.pk), reasons=[*map(_by_key, staying)])
    logger.info("restored", kind=batch.kind, month=f"{batch.month:%Y-%m}", things=batch.things)
    return Restored(batch, staying, rest)


def _put_back(batch: RecycledBatch, rows: Rows, rest: RecycledBatch | None) -> None:
    mine = rows
    if rest is not None:
        model = SOURCES[DataKind(batch.kind)].model
        mine = part_of(rows, model, set(batch.roots) - set(rest.roots))
    formers = files.former_files(mine)
    for each in (files.Kept(**document) for document in batch.files):
        if each.former in formers:
            files.copy_back(each)
    _insert(batch, mine, rest)


def _by_key(thing: LeftOut) -> str:
    """Names of files stay out of the log."""
    return f"{thing.key}: {thing.reason}"


def remove_copy(batch: RecycledBatch) -> None:
    """Delete the archive's copy of a restored batch, having looked that its files are back.

    Those of rows that were deleted since stay gone.
    """
    kept = [files.Kept(**document) for document in batch.files]
    with transaction.atomic():
        in_use = files.in_use([each.former for each in kept])
    for each in kept:
        if each.former in in_use:
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
    rows = from_text(text)
    gone = foreign_tables(rows, SOURCES[DataKind(batch.kind)].model)
    if gone:
        raise Conflict(f"It cannot go back: this release has no {gone[0]} with it.")
    return rows


def _insert(batch: RecycledBatch, rows: Rows, rest: RecycledBatch | None) -> None:
    model = SOURCES[DataKind(batch.kind)].model
    try:
        with transaction.atomic():
            insert_rows(rows, model)
            if rest is not None:
                divide(batch, rest, rows)
            if not is_back(rows, model, batch.roots):
                raise Conflict("The rows did not come back as they were.")
            if model is FlightSession:
                # The figures count the flights anew.
                flight_deleted.send(sender=FlightSession)
            batch.state, batch.has_sources = BatchState.RESTORED, True
            batch.save(update_fields=[*_CHANGED, "state", "has_sources"])
            stayed = {"stayed": str(rest.things), "stays_in": str(rest.pk)} if rest else {}
            record_event("retention.restored", object_id=batch.pk, details=told(batch) | stayed)
    except (DataError, IntegrityError, ProgrammingError) as error:
        reason = str(error).strip().splitlines()[0]
        raise Conflict(f"It cannot go back: {reason}.") from error
