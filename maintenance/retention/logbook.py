"""The technical logbook: what speaks against deleting a flight that is part of it.

No policy ends such a flight. A person may delete one, as a log may be imported by mistake; that
it is a record to be kept, and for how long, is said before.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from aviation.flights.choices import FlightState
from aviation.flights.models import FlightSession
from maintenance.retention.bounds import LOGBOOK_DAYS

_OVER = (FlightState.COMPLETED, FlightState.ABORTED)


def logbook_caution(flight: FlightSession) -> str:
    """The sentence for whoever is about to delete it; empty for one that need not be kept."""
    until = kept_until(flight)
    if until is None or until <= timezone.now():
        return ""
    return (
        "This flight is part of the technical logbook, which must be kept for three years"
        f" (UK CAA AMC1 UAS.SPEC.050(1)(g)), so until {until:%-d %B %Y}. Delete it only if it"
        " never took place as it stands here, such as after a log that was imported by mistake."
    )


def kept_until(flight: FlightSession) -> datetime | None:
    """When it may go; None for what never left the ground or is not over."""
    if not flight.has_flight or flight.state not in _OVER:
        return None
    return (flight.ended_at or flight.started_at) + timedelta(days=LOGBOOK_DAYS)
