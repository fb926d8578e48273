"""Putting an archived flight's rows back into the table, where they stay for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
from django.db import transaction

from aviation.audit.events import record_event
from aviation.common.errors import NotFound
from aviation.flights.models import FlightSession
from aviation.telemetry.cold.models import ColdFile, KeptInTable
from aviation.telemetry.cold.writing import read_file
from aviation.telemetry.partitions import ensure_partitions
from aviation.telemetry.storing import insert_staged, stage

KEPT_DAYS = 30


@transaction.atomic
def bring_back(flight: FlightSession, *, at: datetime, days: int = KEPT_DAYS) -> int:
    """Store the flight's archived rows in the table again; its files go. Answers how many rows.

    They stay there for ``days``, and with them the rest of their months. Raises NotFound when
    nothing is archived, UnsoundArchive for a damaged file; nothing has changed then.
    """
    files = list(ColdFile.objects.select_for_update().filter(session=flight, is_in_force=True))
    if not files:
        raise NotFound("Nothing of this flight is archived.")
    rows = 0
    for file in files:
        table = read_file(file)
        ensure_partitions(table["timestamp"])
        stage(_staged(table))
        rows += insert_staged([flight.pk])
        file.delete()
    KeptInTable.objects.update_or_create(
        session=flight, defaults={"until": at + timedelta(days=days)}
    )
    record_event("telemetry.brought_back", object_id=flight.pk, details={"rows": str(rows)})
    return rows


def _staged(table: pa.Table) -> pa.Table:
    slots = pa.repeat(pa.scalar(1, pa.int16()), table.num_rows)
    return table.append_column("slot", slots)
