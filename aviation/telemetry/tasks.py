"""Queued imports."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone

from aviation.common.errors import NotFound
from aviation.flights.logs import IMPORT_TASK, fail_log, resume_abandoned
from aviation.flights.models import FlightLog
from aviation.telemetry.importing import import_log
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
