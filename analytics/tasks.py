"""Refreshing the fleet's figures: soon after a change, and by the clock."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from analytics.announcing import REFRESH_TASK, begin_refresh
from analytics.clock import note_round
from analytics.refreshing import refresh_figures
from analytics.staleness import is_due
from aviation.common.errors import NotFound
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import active_organizations, find_active
from aviation.tenants.models import Organization

logger = structlog.get_logger("dbx.figures")


@shared_task(name=REFRESH_TASK)
def refresh_queued(organization_id: str) -> None:
    """Refresh one organization's figures, soon after one of its flights closed."""
    try:
        organization = find_active(organization_id)
    except NotFound:
        logger.info("refresh skipped", organization_id=organization_id)
        return
    with tenant_context(organization):
        begin_refresh()
        refresh_figures(at=timezone.now())


@shared_task(name="analytics.refresh_changed")
def refresh_changed() -> None:
    """Refresh the figures of every organization that changed since, or whose refresh failed."""
    for organization in active_organizations():
        _refresh_if_due(organization)
    note_round(timezone.now())


def _refresh_if_due(organization: Organization) -> None:
    with tenant_context(organization):
        try:
            if is_due(timezone.now()):
                refresh_figures(at=timezone.now())
        except Exception:
            # The edge of one organization's work: whatever went wrong, the others go on. A failure
            # of the database's is recorded by the refresh itself, what gets here is our own fault.
            # The old figures stand, and the clock comes again.
            logger.exception("figures not refreshed")
