"""Two of the platform's staff, and requests of theirs."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from aviation.audit.models import AuditEvent
from aviation.tenants.context import platform_context
from maintenance.recovery.asking import locked, request_recovery
from maintenance.recovery.choices import RecoveryKind, RecoveryState
from maintenance.recovery.models import RecoveryRequest
from maintenance.recovery.plans import Source, TableThen, digest_of, plan_text
from tests.conftest import PASSWORD

MOMENT = datetime(2026, 5, 1, 12, tzinfo=UTC)
REASON = "All flights were deleted by mistake."


def staff(name: str) -> User:
    with platform_context(), transaction.atomic():
        return User.objects.create_superuser(f"{name}-{uuid.uuid4().hex[:8]}@example.org", PASSWORD)


def ask(author: User, slug: str, **more: Any) -> RecoveryRequest:
    wanted: dict[str, Any] = {
        "kind": RecoveryKind.ORGANIZATION,
        "target_at": MOMENT,
        "reason": REASON,
    } | more
    return request_recovery(actor=author, organization_slug=slug, **wanted)


def planned(asked: RecoveryRequest) -> RecoveryRequest:
    """The request with a plan, as the operator's command writes it."""
    tables = [TableThen("flights_flightsession", 0, 100, "0", "42")]
    text = plan_text(asked, Source(("b1",), "0/1000000", "0/2000000"), tables, ["Much."])
    with platform_context(), transaction.atomic():
        held = locked(asked.pk)
        held.state, held.plan, held.plan_sha256 = RecoveryState.PLANNED, text, digest_of(text)
        held.planned_at = datetime.now(UTC)
        held.save()
    return held


def events(asked: RecoveryRequest, action: str) -> list[AuditEvent]:
    with platform_context(), transaction.atomic():
        found = AuditEvent.objects.filter(action=action, object_id=str(asked.pk))
        return list(found.filter(table_name="recovery_request").order_by("id"))
