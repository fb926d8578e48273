from __future__ import annotations

from celery import shared_task

from maintenance.backup import watching


@shared_task(name="maintenance.watch_archiver")
def watch_archiver() -> None:
    """Look whether WAL is being archived; costs one query where archiving is off."""
    watching.watch_archiver()
