"""Deleting for good what has lain in the recycle archive for its grace period.

What must never happen: something deleted that is held, or without a certificate. The batch is
marked under the lock that holds take; then the files go; then the certificate is written in the
transaction that says they are gone. Killed anywhere, ``finish_interrupted`` goes on.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from aviation.audit.events import record_event
from maintenance.retention.choices import BatchState
from maintenance.retention.holds import lock_holds, standing_holds
from maintenance.retention.models import DeletionCertificate, RecycledBatch
from maintenance.retention.recycling import empty_folder, remove_former_files, told

logger = structlog.get_logger("dbx.retention")


def remove(batch: RecycledBatch, at: datetime) -> DeletionCertificate | None:
    """Delete it for good. None when a hold keeps it, or it is not due. Outside a transaction."""
    begun = _begin(batch, at)
    return None if begun is None else finish_removing(begun, at)


def finish_removing(batch: RecycledBatch, at: datetime) -> DeletionCertificate:
    """Go on with a batch whose deletion has begun."""
    remove_former_files(batch)
    empty_folder(batch)
    certificate = _certify(batch, at)
    logger.info("deleted for good", kind=batch.kind, month=f"{batch.month:%Y-%m}",
                certificate=str(certificate.pk))  # fmt: skip
    return certificate


def digest_of(document: dict[str, Any]) -> str:
    """SHA-256 of a certificate's document: of its JSON with sorted keys and no spaces."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def _begin(batch: RecycledBatch, at: datetime) -> RecycledBatch | None:
    lock_holds()
    due = RecycledBatch.objects.removable(at).select_for_update(of=("self",))
    locked = due.filter(pk=batch.pk).first()
    if locked is None or standing_holds(at).covers(locked.flight_ids, locked.aircraft_ids):
        return None
    locked.state = BatchState.REMOVING
    locked.save(update_fields=["state"])
    return locked


@transaction.atomic
def _certify(batch: RecycledBatch, at: datetime) -> DeletionCertificate:
    """The batch's one certificate, which another run may have written meanwhile."""
    found = RecycledBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if found.state == BatchState.REMOVED:
        return DeletionCertificate.objects.get(document__batch=str(batch.pk))
    document = _document(batch, at)
    certificate = DeletionCertificate.objects.create(
        organization_id=batch.organization_id,
        kind=batch.kind,
        removed_at=at,
        document=document,
        sha256=digest_of(document),
    )
    batch.state, batch.removed_at = BatchState.REMOVED, at
    batch.save(update_fields=["state", "removed_at"])
    record_event(
        "retention.deleted",
        object_id=batch.pk,
        details={**told(batch), "certificate": str(certificate.pk), "sha256": certificate.sha256},
    )
    return certificate


def _document(batch: RecycledBatch, at: datetime) -> dict[str, Any]:
    assert batch.recycled_at is not None
    return {
        "batch": str(batch.pk),
        "organization": str(batch.organization_id),
        "what": batch.get_kind_display(),
        "month": f"{batch.month:%Y-%m}",
        "things": batch.things,
        "rows": batch.counts,
        "first_at": batch.first_at.isoformat(),
        "last_at": batch.last_at.isoformat(),
        "policy": {"keep_days": batch.keep_days, "grace_days": batch.grace_days},
        "recycled_at": batch.recycled_at.isoformat(),
        "deleted_at": at.isoformat(),
        "rows_sha256": batch.rows_sha256,
        "manifest_sha256": batch.manifest_sha256,
        "files": [
            {"name": each["former"] or "rows", "bytes": each["bytes"], "sha256": each["sha256"]}
            for each in batch.files
        ],
    }
