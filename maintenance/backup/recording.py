"""What came of backup work, in the tables and as alarms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import DatabaseError, transaction

from aviation.common.errors import Conflict, DomainError
from aviation.tenants.context import platform_context
from maintenance.backup import catalogue
from maintenance.backup.alarms import clear_alarm, raise_alarm
from maintenance.backup.choices import AlarmKind
from maintenance.backup.drilling import DrillResult
from maintenance.backup.folder_store import Store
from maintenance.backup.keys import KeyProblem
from maintenance.backup.models import BackupDrill
from maintenance.backup.verifying import Report

logger = structlog.get_logger("dbx.backup")


@contextmanager
def alarming(kind: AlarmKind) -> Iterator[None]:
    """Raise the alarm for whatever goes wrong; keys that are merely not given are no alarm."""
    try:
        yield
    except KeyProblem:
        raise
    except (DomainError, OSError) as error:
        message = getattr(error, "message", "") or str(error)
        logger.error("backup work failed", kind=kind.value, reason=message)
        with recording():
            raise_alarm(kind, message)
            if kind == AlarmKind.BACKUP_FAILED and not isinstance(error, Conflict):
                catalogue.note_failed(message)
        raise


@contextmanager
def recording() -> Iterator[None]:
    """The tables are a copy: that they cannot be written just now spoils nothing."""
    try:
        yield
    except DatabaseError as error:
        logger.error("backup work could not be recorded", reason=str(error).strip())


def record_report(store: Store, report: Report) -> None:
    ranges = {each.verdict.backup_id: each.recoverable_to for each in report.findings}
    catalogue.refresh(store, ranges)
    if report.is_good:
        clear_alarm(AlarmKind.NOT_VERIFIED)
        return
    bad = [each.verdict.backup_id for each in report.findings if not each.verdict.is_good]
    told = [f"Not good: {', '.join(bad)}."] if bad else []
    raise_alarm(AlarmKind.NOT_VERIFIED, " ".join([*told, *report.wal_problems[:5]]))


def record_drill(result: DrillResult) -> None:
    if result.is_good:
        clear_alarm(AlarmKind.DRILL)
    else:
        raise_alarm(AlarmKind.DRILL, f"{result.backup_id}: {' '.join(result.problems[:5])}")
    with platform_context(), transaction.atomic():
        BackupDrill.objects.create(
            backup_id=result.backup_id,
            started_at=result.started_at,
            duration_s=result.duration_s,
            data_age_s=result.data_age_s,
            tables_compared=result.tables_compared,
            problems=list(result.problems),
        )
