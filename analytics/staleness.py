"""Whether the fleet's figures still tell what the tables below them hold.

The database notes each change of these tables, whoever makes it: ORM, bulk, SQL, psql (see
``aviation.caching``). The number of changes is a generation. A refresh notes it before it reads
any row; where another stands later, something has changed since.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from analytics.models import ViewRefresh
from aviation.caching.generations import generation_of

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)
"""Between tries of the clock's after failures; it doubles with each failure in a row."""


def current_generation() -> int:
    """Of what the figures are made from: rows, and the time zone of the organization.

    Call inside a transaction.
    """
    return generation_of("flights", "analyses", "findings", "organization")


@transaction.atomic
def is_due(at: datetime) -> bool:
    """Whether the bound organization's figures are to be made anew by the clock."""
    rows = list(ViewRefresh.objects.all())
    if any(row.failed_at is not None for row in rows):
        return all(row.failed_at is None or at >= _next_try(row) for row in rows)
    return has_changed(rows)


def has_changed(rows: list[ViewRefresh]) -> bool:
    """Whether there is anything that one of these refreshes does not cover."""
    generation = current_generation()
    return any(row.generation != generation or row.is_asked_for for row in rows)


@transaction.atomic
def is_asked_for() -> bool:
    """Whether somebody left a note since the last refresh began."""
    return ViewRefresh.objects.filter(asked_at__gt=F("refreshed_at")).exists()


def _next_try(row: ViewRefresh) -> datetime:
    assert row.failed_at is not None
    doubled: timedelta = FIRST_PAUSE * 2 ** min(row.failures - 1, 10)
    return row.failed_at + min(doubled, LONGEST_PAUSE)
