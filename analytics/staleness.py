"""Whether the fleet's figures still tell what the tables below them hold.

PostgreSQL counts the rows inserted, updated and deleted in each table, whoever changes them: ORM,
bulk, SQL, psql. A refresh notes these counters before it reads; where they differ later, something
may have changed. They cost a commit nothing. What they may do is lag: a session reports its counts
some seconds late, so that one refresh too many is made, never one too few. After a crash of the
server they begin at zero, which differs as well; should they happen to be what they were, the
daily refresh sees to it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from analytics.models import ViewRefresh
from aviation.tenants.context import require_organization

BASE_TABLES = ["flights_flightsession", "mlresults_analysis", "mlresults_finding"]
AT_LEAST_EVERY = timedelta(days=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)
"""Between tries of the clock's after failures; it doubles with each failure in a row."""

_STATE = """
SELECT md5(concat_ws(' ', organization.time_zone, string_agg(concat_ws('/',
           pg_stat_get_tuples_inserted(base), pg_stat_get_tuples_updated(base),
           pg_stat_get_tuples_deleted(base)), ' ' ORDER BY place))),
       clock_timestamp()
FROM public.tenants_organization AS organization,
     unnest(%s::regclass[]) WITH ORDINALITY AS bases(base, place)
WHERE organization.id = %s
GROUP BY organization.id
"""


def state_of_tables() -> tuple[str, datetime]:
    """A short text that changes with the tables' rows and the organization's time zone; and when
    it was read. Call inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [BASE_TABLES, require_organization().id])
        state, read_at = cursor.fetchone()
    return state, read_at


@transaction.atomic
def is_due(at: datetime) -> bool:
    """Whether the bound organization's figures are to be made anew by the clock."""
    rows = list(ViewRefresh.objects.all())
    if any(row.failed_at is not None and at < _next_try(row) for row in rows):
        return False
    state, _ = state_of_tables()
    return any(
        row.covers != state
        or row.failed_at is not None
        or row.is_asked_for
        or row.refreshed_at <= at - AT_LEAST_EVERY
        for row in rows
    )


@transaction.atomic
def is_asked_for() -> bool:
    """Whether somebody left a note since the last refresh began."""
    return ViewRefresh.objects.filter(asked_at__gt=F("refreshed_at")).exists()


def _next_try(row: ViewRefresh) -> datetime:
    assert row.failed_at is not None
    doubled: timedelta = FIRST_PAUSE * 2 ** min(row.failures - 1, 10)
    return row.failed_at + min(doubled, LONGEST_PAUSE)
