from __future__ import annotations

from celery import shared_task

from maintenance.partitions import upkeep


@shared_task(name="maintenance.keep_partitions")
def keep_partitions() -> int:
    """Plan and apply everywhere; answers how many steps are left to the operator."""
    return upkeep.keep_partitions()
