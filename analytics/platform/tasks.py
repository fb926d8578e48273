"""The clock that gathers the platform's figures."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from analytics.platform.gathering import gather

log = structlog.get_logger("dbx.figures")


@shared_task(name="analytics.gather_platform_figures")
def gather_platform_figures() -> None:
    """Have every active organization lay down its figures, within a bounded time."""
    walk = gather(at=timezone.now())
    log.info("figures gathered", gathered=walk.gathered, failed=walk.failed, left=walk.left)
