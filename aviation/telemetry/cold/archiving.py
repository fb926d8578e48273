"""Moving a month's telemetry out of the database: every flight to a file, then the partition goes.

What must never happen: a row in neither place, or told twice. Files are written and read back
while the rows are still in the table and count for nothing; the database itself then compares
each flight's rows with its file, brings the files into force and drops the partition in one
transaction. Killed anywhere, the same call goes on.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import structlog
from django.core.files.storage import default_storage
from django.db import OperationalError, connection, transaction
from django.db.models import Sum
from psycopg.errors import LockNotAvailable

from aviation.audit.events import record_event
from aviation.common.errors import Unavailable
from aviation.telemetry.cold.manifest import write_manifest
from aviation.telemetry.cold.models import ColdFile
from aviation.telemetry.cold.planning import MonthToArchive
from aviation.telemetry.cold.writing import write_flight
from aviation.telemetry.partitions import patiently
from aviation.tenants.context import require_organization
from aviation.tenants.export import stored_files
from aviation.tenants.limits import time_limits

logger = structlog.get_logger("dbx.archive")

_FLIGHTS = """
SELECT DISTINCT session_id FROM telemetry_point
WHERE "timestamp" >= %(month)s::date AT TIME ZONE 'UTC'
  AND "timestamp" < (%(month)s::date + interval '1 month') AT TIME ZONE 'UTC'
"""


@dataclass(frozen=True, slots=True)
class Archived:
    """What became of a month. Bytes in the table are those of the whole partition."""

    month: date
    flights: int
    rows: int
    table_bytes: int
    file_bytes: int


def archive_month(month: MonthToArchive, *, tell: Callable[[int], None] | None = None) -> Archived:
    """Archive a month of the bound organization. ``tell`` is given the flights done so far.

    Raises UnsoundArchive when a file cannot be read back, Unavailable when the table stays in
    use; the rows are then still in the table.
    """
    bytes_a_row = month.table_bytes / max(1, month.rows)
    for number, session_id in enumerate(_flights(month.month), start=1):
        write_flight(session_id, month.month, bytes_a_row=bytes_a_row)
        if tell is not None:
            tell(number)
    _forget_unneeded(month.month)
    rows = _drop(month.month)
    write_manifest(month.month)
    return _outcome(month, rows)


def remove_strays() -> list[str]:
    """Delete files that no row speaks of: what a killed run or a deleted flight left."""
    folder = f"organizations/{require_organization().id}/telemetry"
    found = [f"{folder}/{name}" for name in stored_files(folder) if name.endswith(".parquet")]
    with transaction.atomic():
        known = set(ColdFile.objects.values_list("file_name", flat=True))
    strays = [name for name in found if name not in known]
    for name in strays:
        default_storage.delete(name)
    return strays


@transaction.atomic
def _flights(month: date) -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_FLIGHTS, {"month": month})
        return sorted(row[0] for row in cursor.fetchall())


@transaction.atomic
def _forget_unneeded(month: date) -> None:
    """A flight deleted or brought back meanwhile has no rows there: nor may it have a file."""
    for file in ColdFile.objects.filter(month=month, is_in_force=False):
        if not _has_rows(file):
            file.delete()


def _has_rows(file: ColdFile) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS ({_FLIGHTS} AND session_id = %(session)s)",
            {"month": file.month, "session": file.session_id},
        )
        return bool(cursor.fetchone()[0])


def _drop(month: date) -> int:
    try:
        with time_limits(statement_s=0):
            # After a lost connection nobody knows whether it was done: the next run finds out.
            return patiently(lambda: _drop_once(month), idempotent=False)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Unavailable(f"Telemetry of {month:%B %Y} is in use. Try again.") from error
        raise


def _drop_once(month: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_drop_archived(%s)", [month])
        rows = int(cursor.fetchone()[0])
    record_event("telemetry.archived", object_id=f"{month:%Y-%m}", details={"rows": str(rows)})
    return rows


@transaction.atomic
def _outcome(month: MonthToArchive, rows: int) -> Archived:
    files = ColdFile.objects.filter(month=month.month, is_in_force=True)
    packed = files.aggregate(bytes=Sum("size_bytes"))["bytes"] or 0
    logger.info("telemetry archived", month=f"{month.month:%Y-%m}", rows=rows, bytes=packed)
    return Archived(month.month, len(files), rows, month.table_bytes, packed)
