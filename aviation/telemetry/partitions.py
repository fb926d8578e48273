"""The months' partitions of ``telemetry_point``: made for who writes, dropped whole when old.

What must never happen: writers and readers that wait for upkeep, or a writer that loses the
partition it was promised. A transaction makes its partitions before it changes anything: two that
made theirs last might wait for each other. Dropping one needs the table for itself: it waits for a
moment only, in which others wait behind it, and comes again later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from aviation.tenants.limits import time_limits
from aviation.tenants.retry import run_in_transaction

LOCK_PATIENCE_S = 0.3
"""How long upkeep waits for its lock, and everybody who comes after it."""
ATTEMPTS = 8
FIRST_PAUSE_S = 0.25
"""Before the second attempt, then twice as long each time: half a minute in all."""

Result = TypeVar("Result")


def ensure_partitions(timestamps: pa.ChunkedArray) -> None:
    """Make the months' partitions that are missing, before the transaction changes any flight."""
    months = pc.unique(pc.floor_temporal(timestamps, unit="month")).to_pylist()
    ensure_months({moment.date() for moment in months})


def ensure_span(first: datetime, last: datetime) -> None:
    """The same for every month from one moment to another."""
    months = {first.date(), last.date()}
    month = first.date()
    while (month := _next(month)) < last.date():
        months.add(month)
    ensure_months({each.replace(day=1) for each in months})


def ensure_months(months: Iterable[date]) -> None:
    """The owner's function makes those that are missing, the oldest first."""
    with connection.cursor() as cursor:
        for month in sorted(months):
            cursor.execute("SELECT telemetry_ensure_partition(%s)", [month])


def patiently(
    work: Callable[[], Result], *, using: str = "default", idempotent: bool = True
) -> Result:
    """Do upkeep in a transaction that waits for locks a moment only, and again after a pause.

    Raises OperationalError when others stood in the way each time.
    """
    with time_limits(lock_s=LOCK_PATIENCE_S):
        return run_in_transaction(
            work, using=using, idempotent=idempotent, attempts=ATTEMPTS, first_pause_s=FIRST_PAUSE_S
        )


def _next(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)
