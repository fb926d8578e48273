"""Figures follow soon after a flight has closed or an analysis was stored.

Many such events come at once, as when a folder of logs is imported: the first queues one refresh,
and those that come until it begins find it queued.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError as QueueAway

from aviation.tenants.context import BoundOrganization, require_organization, tenant_context

logger = structlog.get_logger("dbx.figures")

REFRESH_TASK = "analytics.refresh"
PAUSE_S = 10
"""Between the first event and the refresh that covers those after it as well."""
QUEUED_KEY = "figures-refresh-queued"
QUEUED_S = 120
"""How long a queued refresh is believed in: one that got lost holds up others no longer."""


def refresh_soon(**_: Any) -> None:
    """Receives the signals of flights and analyses."""
    transaction.on_commit(partial(send_refresh, require_organization()))


def send_refresh(organization: BoundOrganization) -> None:
    """Queue one refresh of the organization, unless one is queued.

    With Redis away nothing is queued, and the clock sees the change within minutes.
    """
    with tenant_context(organization):
        if cache.add(QUEUED_KEY, True, timeout=QUEUED_S):
            _queue(organization)


def _queue(organization: BoundOrganization) -> None:
    try:
        current_app.send_task(
            REFRESH_TASK, args=[str(organization.id)], countdown=PAUSE_S, retry=False
        )
    except QueueAway as error:
        cache.delete(QUEUED_KEY)
        logger.warning("queue away", error=str(error))


def begin_refresh() -> None:
    """From now on an event queues a new one: this one may have read its rows already."""
    cache.delete(QUEUED_KEY)
