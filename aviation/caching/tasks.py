"""Upkeep of what the cache is known by."""

from __future__ import annotations

from celery import shared_task

from aviation.caching.compacting import compact


@shared_task(name="caching.compact_changes")
def compact_changes() -> int:
    """Keep the notes of changes few; answers how many rows went."""
    return compact()
