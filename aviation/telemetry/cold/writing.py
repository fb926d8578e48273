"""Making one flight's file of one month, and reading it back before it counts for anything."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction

from aviation.telemetry.cold.content import UnsoundArchive, checked_content
from aviation.telemetry.cold.fetching import fetch_rows
from aviation.telemetry.cold.models import ColdFile
from aviation.telemetry.cold.parquet import SCHEMA_VERSION, packed, unpacked
from aviation.tenants.context import require_organization


def write_flight(session_id: uuid.UUID, month: date, *, bytes_a_row: float) -> ColdFile:
    """Store the flight's rows of the month as a file and note it; the rows stay in the table.

    A file that an interrupted run left is taken over when it still holds exactly the rows.
    Raises UnsoundArchive when the storage gives back anything else than was written.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            rows = fetch_rows(cursor, session_id, month)
        former = ColdFile.objects.filter(session=session_id, month=month, is_in_force=False).first()
    if former is not None and _holds(former, rows):
        return former
    made = _stored(session_id, month, rows, bytes_a_row)
    with transaction.atomic():
        if former is not None:
            former.delete()
        made.save(force_insert=True)
    return made


def read_file(file: ColdFile) -> pa.Table:
    """The file's rows. Raises UnsoundArchive when it is missing, cut off or changed."""
    return unpacked(checked_content(file))


def _holds(file: ColdFile, rows: pa.Table) -> bool:
    try:
        return bool(read_file(file).equals(rows))
    except UnsoundArchive:
        return False


def _stored(session_id: uuid.UUID, month: date, rows: pa.Table, bytes_a_row: float) -> ColdFile:
    content = packed(rows, about=_about(session_id, month, rows))
    wanted = f"organizations/{require_organization().id}/telemetry/{month:%Y-%m}"
    name = default_storage.save(
        f"{wanted}/{session_id}-{uuid.uuid4().hex[:8]}.parquet", ContentFile(content)
    )
    span = pc.min_max(rows["timestamp"])
    file = ColdFile(
        session_id=session_id,
        month=month,
        file_name=name,
        rows=rows.num_rows,
        size_bytes=len(content),
        table_bytes=round(rows.num_rows * bytes_a_row),
        sha256=hashlib.sha256(content).hexdigest(),
        schema_version=SCHEMA_VERSION,
        first_point_at=span["min"].as_py(),
        last_point_at=span["max"].as_py(),
    )
    if not _holds(file, rows):
        default_storage.delete(name)
        raise UnsoundArchive(f"{name} did not come back as it was written. Nothing was dropped.")
    return file


def _about(session_id: uuid.UUID, month: date, rows: pa.Table) -> dict[str, str]:
    return {
        "schema_version": str(SCHEMA_VERSION),
        "organization": str(require_organization().id),
        "flight": str(session_id),
        "month": f"{month:%Y-%m}",
        "rows": str(rows.num_rows),
    }
