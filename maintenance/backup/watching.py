"""Looking at the archiver every few seconds, by the application's own role."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db import connection, transaction

from aviation.tenants.context import platform_context
from maintenance.backup.alarms import clear_alarm, raise_alarm
from maintenance.backup.archiver import ArchiverFacts, ArchiverState, Mark, judge, with_mark
from maintenance.backup.choices import AlarmKind
from maintenance.backup.wal_names import read_lsn

MARKS_KEY = "backup-wal-marks"
KEPT_S = 7 * 86_400
FACTS = """
SELECT now.at, pg_current_snapshot()::text, pg_current_wal_insert_lsn()::text,
       pg_size_bytes(current_setting('wal_segment_size')),
       current_setting('archive_mode') <> 'off',
       coalesce(a.last_archived_wal, ''), a.last_archived_time, a.last_failed_time,
       extract(epoch FROM current_setting('archive_timeout')::interval)::int
FROM (SELECT clock_timestamp() AS at) AS now, pg_stat_archiver AS a
"""


def watch_archiver() -> ArchiverState:
    """Set a mark, judge, and raise or clear the alarm."""
    facts = ask()
    marks = with_mark([Mark(*each) for each in cache.get(MARKS_KEY, [])], facts)
    cache.set(MARKS_KEY, [tuple(each) for each in marks], timeout=KEPT_S)
    state = judge(marks, facts)
    if state.problem:
        raise_alarm(AlarmKind.ARCHIVER, state.problem)
    else:
        clear_alarm(AlarmKind.ARCHIVER)
    return state


def look_at_archiver() -> ArchiverState:
    """Judge by the marks there are; changes nothing."""
    return judge([Mark(*each) for each in cache.get(MARKS_KEY, [])], ask())


def ask() -> ArchiverFacts:
    with platform_context(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FACTS)
        return facts_from(cursor.fetchone())


def facts_from(row: tuple[Any, ...]) -> ArchiverFacts:
    """What FACTS answers."""
    now, snapshot, lsn, segment_bytes, is_on, *last = row
    return ArchiverFacts(now, read_lsn(lsn), snapshot, segment_bytes, is_on, *last)
