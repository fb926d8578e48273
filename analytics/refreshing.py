"""Making the fleet's figures anew, for the bound organization.

All views are made anew in one transaction, so that they have one age, and readers see the
old rows until it commits. One refresh at a time works on an organization: who comes meanwhile
leaves a note, and whoever is at work goes over the figures once more.

What must never happen: old figures lost because new ones could not be made, or a change that no
refresh ever looks at. A failure undoes everything but the record of it; what a refresh covers is
read before its rows are.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog
from django.db import Error, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from analytics.models import (
    DailyAnalyses,
    DailyAnomalies,
    DailyFlights,
    DailyLevels,
    DailyPilots,
    ViewRefresh,
    WeeklySpreads,
)
from analytics.staleness import current_generation, is_asked_for
from aviation.tenants.limits import time_limits
from aviation.tenants.views import refresh_view

logger = structlog.get_logger("dbx.figures")

FIGURES: tuple[type[Any], ...] = (
    DailyFlights,
    DailyAnalyses,
    DailyAnomalies,
    DailyLevels,
    DailyPilots,
    WeeklySpreads,
)
LONGEST_REFRESH_S = 600
ROUNDS = 3
"""How often one call makes the figures; the clock looks after organizations that never rest."""


class Outcome(StrEnum):
    """What came of asking for a refresh."""

    REFRESHED = "refreshed"
    LEFT = "left to the refresh at work"
    FAILED = "failed"


class _Failed(Exception):
    """A view could not be made anew; the transaction it happened in is undone."""

    def __init__(self, view: str, error: Error) -> None:
        super().__init__(str(error).strip())
        self.view = view


def refresh_figures(*, at: datetime) -> Outcome:
    """Make the bound organization's figures anew, unless somebody is at it already.

    A failure of the database's is recorded with the time ``at``, logged, and answered.
    """
    try:
        if not _refresh_once():
            _leave_note()
            # The other may have ended just before the note was there to be read.
            if not _refresh_once():
                return Outcome.LEFT
        for _ in range(ROUNDS - 1):
            if not is_asked_for() or not _refresh_once():
                break
    except _Failed as failure:
        _record(failure, at)
        return Outcome.FAILED
    return Outcome.REFRESHED


def _refresh_once() -> bool:
    """False, and nothing done, when another refresh of the organization is at work."""
    with (
        _blaming(_table(FIGURES[0])),
        time_limits(statement_s=LONGEST_REFRESH_S),
        transaction.atomic(),
    ):
        if not _lock():
            return False
        generation, read_at = current_generation(), _clock()
        _note_success([_refreshed(model, generation, read_at) for model in FIGURES])
    return True


def _refreshed(model: type[Any], generation: int, read_at: datetime) -> ViewRefresh:
    """Make one view anew; answers what is to be noted of it."""
    view, began = _table(model), time.perf_counter()
    with _blaming(view):
        refresh_view(view)
        row_count = model._default_manager.count()
    took_ms = round((time.perf_counter() - began) * 1_000)
    return ViewRefresh(
        view=view,
        refreshed_at=read_at,
        took_ms=took_ms,
        row_count=row_count,
        generation=generation,
    )


def _note_success(refreshes: list[ViewRefresh]) -> None:
    """In the refresh's own transaction. A note that somebody left meanwhile stays."""
    fields = [
        "refreshed_at",
        "took_ms",
        "row_count",
        "generation",
        "failed_at",
        "failures",
        "error",
    ]
    ViewRefresh.objects.bulk_create(
        refreshes, update_conflicts=True, unique_fields=["view"], update_fields=fields
    )


@transaction.atomic
def _leave_note() -> None:
    """On one row only: who locks several in another order than the refresh could deadlock."""
    ViewRefresh.objects.filter(pk=_table(FIGURES[0])).update(asked_at=Now())


@transaction.atomic
def _record(failure: _Failed, at: datetime) -> None:
    logger.error("figures not refreshed", view=failure.view, error=str(failure))
    ViewRefresh.objects.filter(pk=failure.view).update(
        failed_at=at, failures=F("failures") + 1, error=str(failure)
    )


@contextmanager
def _blaming(view: str) -> Iterator[None]:
    try:
        yield
    except Error as error:
        raise _Failed(view, error) from error


def _lock() -> bool:
    """Whether the organization's figures are ours until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))",
            [" figures"],
        )
        return bool(cursor.fetchone()[0])


def _clock() -> datetime:
    """The database's own time, by which notes are dated too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def _table(model: type[Any]) -> str:
    return str(model._meta.db_table)
