"""Asking for a recovery, and taking that back."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from pathlib import PurePosixPath

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.visits.current import is_platform_staff
from aviation.audit.events import record_event
from aviation.common.errors import Conflict, NotAllowed, NotFound, Rejected
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization
from maintenance.recovery.choices import RecoveryKind, RecoveryState
from maintenance.recovery.models import RecoveryRequest

SHORTEST_REASON = 10
TABLE = "recovery_request"
"""What the audit trail calls a request."""
_TABLE_NAME = re.compile(r"[a-z][a-z0-9_]{2,62}")


def request_recovery(
    *,
    actor: User,
    kind: RecoveryKind,
    target_at: datetime,
    reason: str,
    organization_slug: str = "",
    table_name: str = "",
    flight_id: uuid.UUID | None = None,
    data_folder: str = "",
    at: datetime | None = None,
) -> RecoveryRequest:
    """Write down what is to come back, and from when. Nothing else happens yet.

    Raises NotAllowed, NotFound, Rejected, or ValidationError for a scope that does not fit.
    """
    require_staff(actor)
    if len(reason.strip()) < SHORTEST_REASON:
        raise Rejected(f"Give a reason of {SHORTEST_REASON} characters or more.")
    if target_at >= (at or timezone.now()):
        raise Rejected("Give a moment that has passed.")
    _require_names(table_name, data_folder)
    asked = RecoveryRequest(
        kind=kind,
        target_at=target_at,
        table_name=table_name,
        flight_id=flight_id,
        data_folder=data_folder,
        reason=reason.strip(),
        requested_by=actor,
    )
    with platform_context(), transaction.atomic():
        if organization_slug:
            organization = _organization(organization_slug)
            asked.organization_id, asked.organization_slug = organization.pk, organization.slug
        asked.full_clean(exclude=["requested_by"])
        asked.save(force_insert=True)
        record_event("recovery.requested", table_name=TABLE, object_id=asked.pk, reason=reason)
    return asked


def withdraw(*, request_id: int, actor: User) -> RecoveryRequest:
    """Give a request up before it runs. Raises NotAllowed, NotFound or Conflict."""
    require_staff(actor)
    with platform_context(), transaction.atomic():
        asked = locked(request_id)
        if asked.state in (RecoveryState.RUNNING, RecoveryState.DONE, RecoveryState.UNDONE):
            raise Conflict(f"{asked} is {asked.get_state_display().lower()}.")
        asked.state = RecoveryState.WITHDRAWN
        asked.save(update_fields=["state"])
        record_event("recovery.withdrawn", table_name=TABLE, object_id=asked.pk)
    return asked


def locked(request_id: int) -> RecoveryRequest:
    """The request, locked. Call inside a transaction and platform_context. Raises NotFound."""
    asked = (
        RecoveryRequest.objects.select_for_update(of=("self",))
        .select_related("requested_by", "approved_by")
        .filter(pk=request_id)
        .first()
    )
    if asked is None:
        raise NotFound(f"There is no recovery {request_id}.")
    return asked


def found(request_id: int) -> RecoveryRequest:
    """The request, to be looked at. Raises NotFound."""
    with platform_context(), transaction.atomic():
        people = RecoveryRequest.objects.select_related("requested_by", "approved_by")
        asked = people.filter(pk=request_id).first()
    if asked is None:
        raise NotFound(f"There is no recovery {request_id}.")
    return asked


def require_staff(actor: User) -> None:
    if not is_platform_staff(actor):
        raise NotAllowed("Only platform staff can ask for a recovery or approve it.")


def _require_names(table_name: str, data_folder: str) -> None:
    if table_name and not _TABLE_NAME.fullmatch(table_name):
        raise Rejected("A table's name has small letters, digits and underscores only.")
    if data_folder and not PurePosixPath(data_folder).is_absolute():
        raise Rejected("Give the new folder's whole path.")


def _organization(slug: str) -> Organization:
    open_ones = Organization.objects.exclude(status=OrganizationStatus.CLOSED)
    organization = open_ones.filter(slug=slug).first()
    if organization is None:
        raise NotFound(f"There is no organization {slug!r}.")
    return organization
