"""Which months of the bound organization's telemetry are old enough to leave the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection

_PARTITIONS = """
SELECT to_date(right(c.relname, 7), 'YYYY"m"MM'), pg_total_relation_size(c.oid)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'telemetry_point'::regclass AND c.relname ~ '^telemetry_point_y\\d{4}m\\d{2}$'
ORDER BY 1
"""
_FLIGHTS = """
SELECT count(*), coalesce(sum(n), 0), count(k.session_id) FROM (
    SELECT session_id, count(*) AS n FROM telemetry_point
    WHERE "timestamp" >= %(month)s::date AT TIME ZONE 'UTC'
      AND "timestamp" < (%(month)s::date + interval '1 month') AT TIME ZONE 'UTC'
    GROUP BY session_id
) AS flights
LEFT JOIN telemetry_keptintable k ON k.session_id = flights.session_id AND k.until > %(at)s
"""


@dataclass(frozen=True, slots=True)
class MonthToArchive:
    """A partition that may leave the table. ``kept`` flights stay until their date has passed."""

    month: date
    table_bytes: int
    flights: int
    rows: int
    kept: int

    @property
    def is_held(self) -> bool:
        """A month leaves as a whole: one kept flight holds it."""
        return self.kept > 0


def plan_months(*, older_than_days: int, at: datetime) -> list[MonthToArchive]:
    """The months that ended more than so many days ago, oldest first. Inside a transaction."""
    limit = at.astimezone(UTC) - timedelta(days=older_than_days)
    with connection.cursor() as cursor:
        cursor.execute(_PARTITIONS)
        partitions = cursor.fetchall()
        return [
            _counted(cursor, month, size_bytes, at)
            for month, size_bytes in partitions
            if _end(month) <= limit
        ]


def _counted(cursor: Any, month: date, size_bytes: int, at: datetime) -> MonthToArchive:
    cursor.execute(_FLIGHTS, {"month": month, "at": at})
    flights, rows, kept = cursor.fetchone()
    return MonthToArchive(month, int(size_bytes), flights, int(rows), kept)


def _end(month: date) -> datetime:
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime(following.year, following.month, 1, tzinfo=UTC)
