"""What is to be said of where a flight's measurements are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Sum

from aviation.flights.models import FlightSession
from aviation.telemetry.cold.models import ColdFile


@dataclass(frozen=True, slots=True)
class ArchiveStanding:
    """The archived part of a flight's measurements."""

    rows: int
    files: int
    size_bytes: int
    archived_at: datetime


def archive_standing(flight: FlightSession) -> ArchiveStanding | None:
    """None where all of it is in the table. One query."""
    files = ColdFile.objects.filter(session=flight, is_in_force=True)
    sums = files.order_by().aggregate(
        rows=Sum("rows"), files=Count("pk"), size_bytes=Sum("size_bytes"), at=Max("created_at")
    )
    if not sums["files"]:
        return None
    return ArchiveStanding(sums["rows"], sums["files"], sums["size_bytes"], sums["at"])
