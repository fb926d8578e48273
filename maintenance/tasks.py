"""The tasks of all parts, where Celery looks for them."""

from __future__ import annotations

from maintenance.backup.tasks import watch_archiver

__all__ = ["watch_archiver"]
