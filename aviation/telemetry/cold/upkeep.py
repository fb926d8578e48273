"""The clock that moves old telemetry out of the database, in every organization."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from aviation.common.errors import DomainError
from aviation.telemetry.cold.archiving import archive_month
from aviation.telemetry.cold.planning import plan_months
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import active_organizations
from aviation.tenants.models import Organization

logger = structlog.get_logger("dbx.archive")


@shared_task(name="telemetry.archive_old")
def archive_old() -> None:
    """Archive the months past each organization's limit; one that fails keeps its rows."""
    for organization in active_organizations():
        with tenant_context(organization):
            _archive(organization)


def _archive(organization: Organization) -> None:
    with transaction.atomic():
        days = organization.telemetry_retention_days
        plan = plan_months(older_than_days=days, at=timezone.now())
    for month in plan:
        if month.is_held:
            continue
        try:
            archive_month(month)
        except DomainError as error:
            logger.error(
                "telemetry not archived", month=f"{month.month:%Y-%m}", reason=error.message
            )
