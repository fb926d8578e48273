"""Queued imports, and the clock that ends and finishes streamed flights."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from celery import shared_task
from django.db import OperationalError, transaction
from django.utils import timezone

from aviation.common.errors import NotFound
from aviation.flights.logs import IMPORT_TASK, fail_log, resume_abandoned
from aviation.flights.models import FlightLog
from aviation.telemetry.importing import import_log
from aviation.telemetry.streaming.announcing import FINISH_TASK
from aviation.telemetry.streaming.ending import due_streams
from aviation.telemetry.streaming.finishing import finish_stream
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import active_organizations, find_active

logger = structlog.get_logger("dbx.import")


@shared_task(name=IMPORT_TASK, bind=True)
def import_queued_log(self: Any, organization_id: str, log_id: str) -> None:
    """Import one log. Redelivered after a crash, it takes its own claim over."""
    try:
        organization = find_active(organization_id)
    except NotFound:
        # The log stays as it is; the sweep sends it again when the organization is back.
        logger.info("import skipped", organization_id=organization_id, log_id=log_id)
        return
    with tenant_context(organization):
        _import(uuid.UUID(log_id), task_id=str(self.request.id))


def _import(log_id: uuid.UUID, *, task_id: str) -> None:
    try:
        log = import_log(log_id=log_id, task_id=task_id)
    except OperationalError:
        # Of the database, not of the log: it stays under way, and the sweep sends it again until it
        # has been tried too often. A failed one would be read by nobody any more.
        logger.exception("import interrupted", log_id=str(log_id))
        return
    except Exception:
        # The edge of the process: whatever went wrong, the person is told and the file is kept.
        logger.exception("import failed", log_id=str(log_id))
        fail_log(
            log=FlightLog(pk=log_id),
            code="internal",
            message="Reading this log failed because of a fault on our side. "
            "The file is kept; your operator finds the details in the log.",
        )
        return
    if log is not None:
        logger.info("import ended", log_id=str(log_id), state=log.state, code=log.error_code)


@shared_task(name="telemetry.resume_imports")
def resume_imports() -> None:
    """Pick up imports whose worker or queue was lost, in every organization."""
    for organization in active_organizations():
        with tenant_context(organization):
            resume_abandoned(at=timezone.now())


@shared_task(name="telemetry.close_silent_streams")
def close_silent_streams() -> None:
    """End the flights that fell silent, in every organization, and finish those that are over."""
    for organization in active_organizations():
        with tenant_context(organization):
            with transaction.atomic():
                due = due_streams(timezone.now())
            for flight_id in due:
                _finish(flight_id)


@shared_task(name=FINISH_TASK)
def finish_queued_stream(organization_id: str, flight_id: str) -> None:
    """Finish one flight that has just ended. Sent twice, it is done once."""
    try:
        organization = find_active(organization_id)
    except NotFound:
        logger.info("stream skipped", organization_id=organization_id, flight_id=flight_id)
        return
    with tenant_context(organization):
        _finish(uuid.UUID(flight_id))


def _finish(flight_id: uuid.UUID) -> None:
    try:
        is_done = finish_stream(flight_id=flight_id, at=timezone.now())
    except Exception:
        # The edge of the process: one flight that cannot be finished holds up no other. Its points
        # stay, the attempt is counted, and the clock tries again until it was tried too often.
        logger.exception("finishing failed", flight_id=str(flight_id))
        return
    if is_done:
        logger.info("stream finished", flight_id=str(flight_id))
