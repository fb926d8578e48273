"""Forgetting what the record of batches keeps for a while only."""

from __future__ import annotations

from datetime import datetime, timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from aviation.telemetry.models import IngestReceipt, QuarantinedPoint
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import active_organizations

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
