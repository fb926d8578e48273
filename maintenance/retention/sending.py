"""Restoring asked for on a page: done by the worker, as it takes more than one transaction."""

from __future__ import annotations

from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError as QueueAway

from aviation.common.errors import Unavailable
from maintenance.retention.models import RecycledBatch

RESTORE_TASK = "maintenance.restore_recycled"


def send_restore(batch: RecycledBatch) -> None:
    """Queue it once the request is over. Raises Unavailable when the queue is away."""
    transaction.on_commit(partial(_send, str(batch.organization_id), str(batch.pk)))


def _send(organization_id: str, batch_id: str) -> None:
    try:
        current_app.send_task(RESTORE_TASK, args=[organization_id, batch_id], retry=False)
    except QueueAway as error:
        raise Unavailable("The queue does not answer. Try again later.") from error
