"""Which streams are over, and ending the flight of one that fell silent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from aviation.flights.choices import FlightState
from aviation.flights.models import FlightSession
from aviation.telemetry.ingest.runs import SILENCE
from aviation.telemetry.models import StreamedFlight

OVER = (FlightState.COMPLETED, FlightState.ABORTED)
SETTLED = timedelta(minutes=1)
"""A flight that late points still come to is made anew when none came for as long."""
MOST_ATTEMPTS = 3
_UNFINISHED = Q(finished_count=None) | Q(finished_count__lt=F("point_count"))
"""As the index has it, word for word."""


def due_streams(at: datetime, *, with_failed: bool = False) -> list[uuid.UUID]:
    """The flights to end or to finish now, the longest silent first.

    Those that failed MOST_ATTEMPTS times only where they are asked for.
    """
    may_be_tried = Q() if with_failed else Q(finish_attempts__lt=MOST_ATTEMPTS)
    is_silent = Q(session__state=FlightState.IN_PROGRESS, last_received_at__lt=at - SILENCE)
    is_new = Q(session__state__in=OVER, finished_count=None)
    has_late_points = Q(session__state__in=OVER, last_received_at__lt=at - SETTLED)
    return list(
        StreamedFlight.objects.filter(_UNFINISHED, may_be_tried)
        .filter(is_silent | is_new | has_late_points)
        .order_by("last_received_at")
        .values_list("pk", flat=True)
    )


@transaction.atomic
def forgive_attempts(flight_ids: Sequence[uuid.UUID]) -> None:
    """Let flights be tried again: what made them fail has been mended."""
    StreamedFlight.objects.filter(pk__in=flight_ids).update(finish_attempts=0)


@transaction.atomic
def end_if_silent(*, flight_id: uuid.UUID, at: datetime) -> bool:
    """Complete a flight that fell silent; whether it is over, by whosever hand, and unfinished.

    Also False while somebody else is changing the flight: the next sweep sees to it.
    """
    # Without the key: points that arrive meanwhile point at the flight and need not wait.
    flights = FlightSession.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    flight = flights.filter(pk=flight_id).first()
    streams = StreamedFlight.objects.filter(_UNFINISHED).select_for_update(of=("self",))
    stream = streams.filter(pk=flight_id).first()
    if flight is None or stream is None:
        return False
    if flight.state == FlightState.IN_PROGRESS and stream.last_received_at < at - SILENCE:
        flight.state = FlightState.COMPLETED
        flight.ended_at = max(stream.last_point_at, flight.started_at)
        flight.save(update_fields=["state", "ended_at"])
    if flight.state not in OVER:
        return False
    if stream.closed_at is None:
        stream.closed_at = at
        stream.save(update_fields=["closed_at"])
    return True
