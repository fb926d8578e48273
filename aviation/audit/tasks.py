"""Keeping the audit trail's partitions ahead of the calendar."""

from __future__ import annotations

from celery import shared_task
from django.db import connection, transaction


@shared_task(name="audit.prepare_partitions")
def prepare_partitions() -> int:
    """Make those of the coming months that are missing; answers how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.audit_prepare_partitions()")
        return int(cursor.fetchone()[0])
