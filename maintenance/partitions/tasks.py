from __future__ import annotations

from celery import shared_task

from maintenance.partitions import upkeep
from maintenance.partitions.telling import tell_outcome


@shared_task(name="maintenance.keep_partitions")
def keep_partitions() -> int:
    """Plan, apply and tell, everywhere; answers how many steps are left to the operator."""
    left = upkeep.keep_partitions()
    tell_outcome(left)
    return left
