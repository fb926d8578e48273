"""Forgetting what the record of batches keeps for a while only, and making room ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from celery import shared_task
from django.db import OperationalError, transaction
from django.utils import timezone

from aviation.telemetry.models import IngestReceipt, QuarantinedPoint
from aviation.telemetry.partitions import prepare_months
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import active_organizations

logger = structlog.get_logger("dbx.ingest")

RECEIPTS_KEPT_FOR = timedelta(days=1)
QUARANTINE_KEPT_FOR = timedelta(days=30)


@shared_task(name="telemetry.clear_ingest_record")
def clear_ingest_record() -> int:
    """Delete old answers and refused points of every organization; answers how many."""
    now = timezone.now()
    cleared = 0
    for organization in active_organizations():
        with tenant_context(organization):
            cleared += clear_old(now=now)
    return cleared


@transaction.atomic
def clear_old(*, now: datetime) -> int:
    """The same, of the bound organization."""
    receipts, _ = IngestReceipt.objects.filter(created_at__lt=now - RECEIPTS_KEPT_FOR).delete()
    points = QuarantinedPoint.objects.filter(received_at__lt=now - QUARANTINE_KEPT_FOR)
    refused, _ = points.delete()
    return receipts + refused


@shared_task(name="telemetry.prepare_partitions")
def prepare_partitions() -> int:
    """Make this month's and the next one's partitions; answers for how many organizations.

    One whose flights are being changed all the time is passed over: points make their own.
    """
    today, prepared = timezone.now().date(), 0
    for organization in active_organizations():
        with tenant_context(organization):
            try:
                prepare_months(today)
            except OperationalError as error:
                logger.warning("partitions not made", organization=organization.slug, cause=error)
            else:
                prepared += 1
    return prepared
