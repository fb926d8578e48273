"""A flight that a person or a program ends is finished at once, not with the next sweep."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError as QueueAway

from aviation.flights.models import FlightSession
from aviation.telemetry.models import StreamedFlight
from aviation.tenants.context import require_organization

logger = structlog.get_logger("dbx.streams")

FINISH_TASK = "telemetry.finish_stream"


def finish_when_ended(flight: FlightSession, **_: Any) -> None:
    """Receives flights.signals.flight_ended."""
    if StreamedFlight.objects.filter(pk=flight.pk).exists():
        transaction.on_commit(partial(send_finish, flight.pk))


def send_finish(flight_id: uuid.UUID) -> None:
    """Queue the finishing. Should the queue be away, the sweep does it within a minute."""
    try:
        current_app.send_task(
            FINISH_TASK, args=[str(require_organization().id), str(flight_id)], retry=False
        )
    except QueueAway as error:
        logger.warning("queue away", flight_id=str(flight_id), error=str(error))
