"""Months before this one, and somebody who reads for long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from aviation.telemetry.cold.archiving import archive_month
from aviation.telemetry.cold.planning import plan_months
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.telemetry.ingest.sending import now

BEFORE = timedelta(hours=1)
"""How long before its first point a flight of such a month began."""
ROWS = {"time_s": [0.0, 1.0], "latitude": [47.0, 47.1], "roll_deg": [1.0, 2.0]}


def month_before(today: date, count: int) -> date:
    month = today.replace(day=1)
    for _ in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def in_month(month: date) -> datetime:
    return now().replace(year=month.year, month=month.month, day=15)


def archive(month: date) -> int:
    """Archive that month of the bound organization; answers how many rows left the table."""
    with transaction.atomic():
        plans = plan_months(older_than_days=1, at=now())
    (plan,) = [each for each in plans if each.month == month]
    return archive_month(plan).rows


def leaf_of(month: date) -> str:
    return f"telemetry_point_y{month:%Y}m{month:%m}"


@contextmanager
def reading(cast: Cast) -> Iterator[threading.Event]:
    """Somebody's transaction has read telemetry and goes on until the block ends."""
    begun, is_over, is_read = threading.Event(), threading.Event(), threading.Event()

    def read() -> None:
        with tenant_context(cast.organization), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM telemetry_point")
            begun.set()
            is_over.wait()
        is_read.set()
        connection.close()

    thread = threading.Thread(target=read)
    thread.start()
    begun.wait()
    try:
        yield is_read
    finally:
        is_over.set()
        thread.join()
