"""The tasks of all parts, where Celery looks for them."""

from __future__ import annotations

from maintenance.backup.tasks import watch_archiver
from maintenance.partitions.tasks import keep_partitions

__all__ = ["keep_partitions", "watch_archiver"]
