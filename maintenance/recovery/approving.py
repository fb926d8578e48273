"""The second person: who may approve a plan, and for how long and of what that is an approval.

What must never happen: a recovery that runs although its author approved it, although the
approval is a day old, or although the plan is no longer the one that was looked at. Each refusal
stays in the audit trail, whatever becomes of the transaction around it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from aviation.audit.events import record_attempt, record_event
from aviation.common.errors import Conflict, DomainError, NotAllowed
from aviation.tenants.context import acting_as, platform_context
from maintenance.recovery.asking import TABLE, locked, require_staff
from maintenance.recovery.choices import RecoveryState
from maintenance.recovery.models import RecoveryRequest
from maintenance.recovery.plans import digest_of

VALID_FOR = timedelta(hours=24)
MAY_RUN = (RecoveryState.APPROVED, RecoveryState.RUNNING, RecoveryState.FAILED)


class RecoveryRefused(DomainError):
    """The rule of two does not let it run; the refusal is on record."""

    code = "recovery_refused"
    status = 409


def approve(
    *,
    request_id: int,
    actor: User,
    plan_sha256: str,
    has_proved: bool,
    at: datetime | None = None,
) -> RecoveryRequest:
    """Approve the plan with this digest, which the actor has read.

    ``has_proved`` says that they have just shown anew who they are. Raises NotAllowed, NotFound,
    Conflict, or RecoveryRefused.
    """
    require_staff(actor)
    if not has_proved:
        raise NotAllowed("Show anew who you are, then approve.", code="proof_needed")
    with platform_context(), acting_as(actor.pk), transaction.atomic():
        asked = locked(request_id)
        if asked.state != RecoveryState.PLANNED:
            raise Conflict(f"{asked} is {asked.get_state_display().lower()}.")
        if asked.requested_by_id == actor.pk:
            raise refused(asked, "own_request", "Who asked for a recovery cannot approve it.")
        if plan_sha256 != asked.plan_sha256 or plan_sha256 != digest_of(asked.plan):
            raise refused(asked, "plan_changed", "The plan is no longer the one you read.")
        asked.state = RecoveryState.APPROVED
        asked.approved_by, asked.approved_at = actor, at or timezone.now()
        asked.approved_sha256 = plan_sha256
        asked.save(update_fields=["state", "approved_by", "approved_at", "approved_sha256"])
        record_event(
            "recovery.approved",
            table_name=TABLE,
            object_id=asked.pk,
            details={"plan_sha256": plan_sha256},
        )
    return asked


def require_approval(asked: RecoveryRequest, *, at: datetime | None = None) -> None:
    """Raise unless the request's own plan is approved, by another person, and not too long ago."""
    if asked.state not in MAY_RUN:
        raise Conflict(f"{asked} is {asked.get_state_display().lower()}.")
    if asked.approved_by_id is None or asked.approved_at is None:
        raise refused(asked, "not_approved", "Nobody has approved it.")
    if asked.approved_by_id == asked.requested_by_id:
        raise refused(asked, "own_request", "Who asked for a recovery cannot approve it.")
    if (at or timezone.now()) - asked.approved_at >= VALID_FOR:
        raise refused(
            asked, "approval_old", "The approval is older than 24 hours. Plan and approve it anew."
        )
    if not digest_of(asked.plan) == asked.plan_sha256 == asked.approved_sha256:
        raise refused(asked, "plan_changed", "The plan was changed after it was approved.")


def require_same_plan(asked: RecoveryRequest, plan: str) -> None:
    """Raise, and void the approval, unless the plan made just now is the approved one."""
    if plan.encode() == asked.plan.encode():
        return
    with platform_context(), transaction.atomic():
        held = locked(asked.pk)
        if held.state == RecoveryState.RUNNING:
            held.state = RecoveryState.FAILED
            held.save(update_fields=["state"])
        held.state = RecoveryState.VOID
        held.problem = "What it would do has changed since it was approved."
        held.approved_by = held.approved_at = None
        held.approved_sha256 = ""
        fields = ["state", "problem", "approved_by", "approved_at", "approved_sha256"]
        held.save(update_fields=fields)
    raise refused(
        asked,
        "plan_changed",
        "What it would do has changed since it was approved, so the approval is void. Plan it"
        " again and have it approved again.",
    )


def refused(asked: RecoveryRequest, why: str, message: str) -> RecoveryRefused:
    """The error to raise, after it was put on record."""
    details = {"why": why, "plan_sha256": asked.plan_sha256}
    record_attempt(
        "recovery.refused",
        table_name=TABLE,
        object_id=asked.pk,
        reason=message,
        details=details,
    )
    return RecoveryRefused(message, code=why)
