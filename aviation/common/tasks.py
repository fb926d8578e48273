"""The queue's own heartbeat: tells a stopped worker or beat from a quiet one."""

from __future__ import annotations

import time

from celery import shared_task
from django.core.cache import cache

HEARTBEAT_KEY = "queue-heartbeat"


@shared_task(name="common.heartbeat")
def heartbeat() -> None:
    """Note that beat sent and a worker ran; /api/health reads it."""
    cache.set(HEARTBEAT_KEY, time.time(), timeout=3_600)
