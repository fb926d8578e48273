"""Logs that were uploaded before and are not in the tables: in the recycle archive, or deleted.

What must never happen: one flight in the books twice. A log whose flight lies in the recycle
archive would come back beside it, and so would one that was deleted for good while the flight
that was read from it stays for longer.
"""

from __future__ import annotations

from aviation.flights.logs import RecycledLog
from aviation.flights.models import FlightSession
from aviation.tenants.context import require_organization
from maintenance.retention.choices import DataKind
from maintenance.retention.models import RecycledBatch
from maintenance.retention.querysets import BatchQuerySet


def refuse_recycled_log(sha256: str) -> None:
    """Raise RecycledLog for content that retention took away and that would count twice.

    Called inside the transaction of an upload that no log in the tables stands in the way of.
    """
    mine = RecycledBatch.objects.filter(organization=require_organization().id)
    for batch in mine.with_file(sha256).in_archive():
        if batch.kind == DataKind.RAW_LOGS and _is_flight_gone(batch, sha256, mine):
            continue
        raise RecycledLog(
            "This log was uploaded before and lies in the recycle archive until"
            f" {batch.remove_after:%-d %B %Y}. An administrator can restore it there."
        )
    for batch in mine.with_file(sha256).deleted().filter(kind=DataKind.RAW_LOGS):
        if _flights(batch, sha256) and not _is_flight_gone(batch, sha256, mine):
            raise RecycledLog(
                "This log was uploaded before: its flight is there, or in the recycle archive, and"
                " only the log itself was deleted when its time was up."
            )


def _is_flight_gone(batch: RecycledBatch, sha256: str, mine: BatchQuerySet) -> bool:
    """Whether the log had a flight that is in no table and in no archive any more."""
    flights = _flights(batch, sha256)
    if not flights or FlightSession.objects.filter(pk__in=flights).exists():
        return False
    recycled = mine.in_archive().filter(kind=DataKind.FLIGHTS, flight_ids__overlap=flights)
    return not recycled.exists()


def _flights(batch: RecycledBatch, sha256: str) -> list[str]:
    """Ids of the flights that were read from the content, as far as the batch knows them."""
    return [
        file["flight"] for file in batch.files if file["sha256"] == sha256 and file.get("flight")
    ]
