"""Logs that were uploaded before and are not in the tables: in the recycle archive, or deleted.

What must never happen: one flight in the books twice. A log whose flight lies in the recycle
archive would come back beside it, and so would one that was deleted for good while the flight
that was read from it stays for longer.
"""

from __future__ import annotations

from aviation.common.errors import Conflict
from aviation.flights.models import FlightSession
from aviation.tenants.context import require_organization
from maintenance.retention.choices import DataKind
from maintenance.retention.models import RecycledBatch


def refuse_recycled_log(sha256: str) -> None:
    """Raise Conflict for content that retention took away and that would count twice.

    Called inside the transaction of an upload that no log in the tables stands in the way of.
    """
    mine = RecycledBatch.objects.filter(organization=require_organization().id).with_file(sha256)
    kept = mine.in_archive().first()
    if kept is not None and kept.remove_after is not None:
        raise Conflict(
            "This log was uploaded before and lies in the recycle archive until"
            f" {kept.remove_after:%-d %B %Y}. An administrator can restore it there.",
            code="recycled",
        )
    flights = [
        file["flight"]
        for batch in mine.deleted().filter(kind=DataKind.RAW_LOGS)
        for file in batch.files
        if file["sha256"] == sha256 and file.get("flight")
    ]
    if FlightSession.objects.filter(pk__in=flights).exists():
        raise Conflict(
            "This log was uploaded before: its flight is there, and only the log itself was"
            " deleted when its time was up.",
            code="recycled",
        )
