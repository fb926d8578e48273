"""The tasks of all parts, where Celery looks for them."""

from __future__ import annotations

from maintenance.backup.tasks import watch_archiver
from maintenance.partitions.tasks import keep_partitions
from maintenance.retention.tasks import keep_retention, restore_recycled

__all__ = ["keep_partitions", "keep_retention", "restore_recycled", "watch_archiver"]
