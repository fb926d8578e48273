"""The clock that keeps every organization's retention."""

from __future__ import annotations

from typing import Any

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from aviation.common.errors import Conflict, DomainError
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import active_organizations, find_active
from aviation.tenants.models import Organization
from maintenance.retention.models import RecycledBatch
from maintenance.retention.restoring import restore
from maintenance.retention.running import one_run_at_a_time, run_retention
from maintenance.retention.sending import RESTORE_TASK
from maintenance.retention.telling import forget_others, tell_outcome

logger = structlog.get_logger("dbx.retention")
RESTORE_TRIES, RESTORE_AGAIN_S = 720, 60
"""Half a day: longer than a run takes that has much to move."""
RESTORE_PATIENCE_S = 0.1
"""It comes again anyway: a hundred that stood waiting would hold up what else a worker does."""


@shared_task(name="maintenance.keep_retention")
def keep_retention() -> int:
    """Recycle and delete what is due, everywhere; answers how much failed, each told as ERROR."""
    organizations = active_organizations()
    forget_others(organizations)
    return sum(keep_retention_of(organization) for organization in organizations)


def keep_retention_of(organization: Organization) -> int:
    """The same in one organization, with the alarm; answers how much failed."""
    failed = _run_in(organization)
    tell_outcome(organization, failed)
    return failed


def _run_in(organization: Organization) -> int:
    with tenant_context(organization):
        try:
            failures = run_retention(at=timezone.now()).failures
        except Exception:
            # The edge of the process: one organization that cannot be done stops no other.
            logger.exception("retention not kept")
            return 1
        for failure in failures:
            logger.error("retention not kept", reason=failure)
        return len(failures)


@shared_task(name=RESTORE_TASK, bind=True, max_retries=RESTORE_TRIES)
def restore_recycled(self: Any, organization_id: str, batch_id: str) -> None:
    """Restore one batch. Sent twice, it is restored once.

    One that was sent beside others, or while the nightly run is at work, comes again later.
    """
    with tenant_context(find_active(organization_id)):
        try:
            with one_run_at_a_time(RESTORE_PATIENCE_S):
                _restore(batch_id)
        except Conflict as error:
            if self.request.retries < RESTORE_TRIES:
                raise self.retry(countdown=RESTORE_AGAIN_S) from None
            logger.error("not restored", batch=batch_id, reason=error.message)


def _restore(batch_id: str) -> None:
    with transaction.atomic():
        batch = RecycledBatch.objects.get(pk=batch_id)
    try:
        restore(batch, at=timezone.now())
    except DomainError as error:
        logger.error("not restored", batch=batch_id, reason=error.message)
