"""Having each organization lay down its figures for the platform.

One organization after the other, each in a transaction bound to it alone. A walk has a time that
it may take; the next one goes on with whoever has waited longest.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q

from analytics.platform.documents import document_of
from analytics.reading.executive import executive_summary
from analytics.reading.standing import standing
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization, OrganizationFigures

log = structlog.get_logger("dbx.figures")

BUDGET_S = 120.0
LEAST_AGE = timedelta(minutes=10)
"""Younger ones are left as they are."""


@dataclass(frozen=True, slots=True)
class Walk:
    """How many organizations were gathered, failed, and are left for the next walk."""

    gathered: int
    failed: int
    left: int


def gather(*, at: datetime, budget_s: float = BUDGET_S) -> Walk:
    """Gather the figures of active organizations that are due, the longest waiting first."""
    ends_at, due = time.monotonic() + budget_s, _due(at)
    gathered = failed = 0
    for organization in due:
        if time.monotonic() > ends_at:
            break
        if _is_gathered(organization, at):
            gathered += 1
        else:
            failed += 1
    return Walk(gathered, failed, len(due) - gathered - failed)


def _due(at: datetime) -> list[Organization]:
    is_old = Q(figures=None) | Q(figures__made_at__lte=at - LEAST_AGE)
    with platform_context(), transaction.atomic():
        active = Organization.objects.active().filter(is_old)
        return list(active.order_by(F("figures__made_at").asc(nulls_first=True), "id"))


def _is_gathered(organization: Organization, at: datetime) -> bool:
    try:
        with tenant_context(organization), transaction.atomic():
            _lay_down(organization, at)
    except Exception:
        # The edge of one organization's work: whatever went wrong, the others go on.
        log.exception("figures not gathered", organization=organization.slug)
        return False
    return True


def _lay_down(organization: Organization, at: datetime) -> None:
    values = {
        "document": document_of(executive_summary(at, organization.zone)),
        "figures_at": standing(at).refreshed_at,
        "made_at": at,
    }
    OrganizationFigures.objects.update_or_create(organization=organization, defaults=values)
