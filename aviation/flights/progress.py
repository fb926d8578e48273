"""How far an import has got: kept in the cache, as losing it loses nothing.

The import itself is one transaction; nothing of it can be read from the database before its end.
"""

from __future__ import annotations

import uuid
from typing import TypedDict

from django.core.cache import cache

from aviation.flights.choices import LogState
from aviation.flights.models import FlightLog
from aviation.tenants.context import require_organization


class Progress(TypedDict):
    stage: str | None  # waiting, reading, storing, analysing; None when the import is over
    progress: float | None  # 0 to 1; None for a log that could not be read


WAITING = Progress(stage="waiting", progress=0.0)


def note_progress(log_id: uuid.UUID, stage: str, progress: float) -> None:
    cache.set(_key(log_id), Progress(stage=stage, progress=progress), timeout=3_600)


def progress_of(log: FlightLog) -> Progress:
    """How far the log's import has got, which only the cache knows while it runs."""
    if log.is_under_way:
        return cache.get(_key(log.pk)) or WAITING
    return Progress(stage=None, progress=1.0 if log.state == LogState.IMPORTED else None)


def with_progress(log: FlightLog) -> FlightLog:
    """The log with ``stage`` and ``progress``."""
    for name, value in progress_of(log).items():
        setattr(log, name, value)
    return log


def _key(log_id: uuid.UUID) -> str:
    return f"{require_organization().id}:import-progress:{log_id}"
