"""Scoring flights anew from what is stored, after the way of scoring has changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from itertools import islice

from django.db import transaction

from aviation.flights.models import FlightSession
from aviation.telemetry.models import FlightQuality, StreamedFlight
from aviation.telemetry.phases import find_phases
from aviation.telemetry.quality.part import Refused
from aviation.telemetry.quality.storing import (
    clock_of,
    keep_qualities,
    quality_of,
    refused_before,
)
from aviation.telemetry.reading.span import recorded_span
from aviation.telemetry.streaming.finishing import refused_points
from aviation.telemetry.streaming.records import stored_record

BATCH = 25


@transaction.atomic
def scorable_flights() -> list[uuid.UUID]:
    """The flights of the bound organization that have charts, and a history in the table."""
    return list(
        FlightSession.objects.filter(overview__isnull=False)
        .exclude(cold_files__is_in_force=True)
        .order_by("started_at", "pk")
        .values_list("pk", flat=True)
    )


def rescore(flight_ids: Sequence[uuid.UUID]) -> Iterator[int]:
    """Score the flights, a batch a transaction; after each, how many of it have a score."""
    waiting = iter(flight_ids)
    while batch := list(islice(waiting, BATCH)):
        yield _rescore(batch)


@transaction.atomic
def _rescore(flight_ids: list[uuid.UUID]) -> int:
    flights = list(
        FlightSession.objects.filter(pk__in=flight_ids).select_related("aircraft").order_by("pk")
    )
    streams = {each.pk: each for each in StreamedFlight.objects.filter(pk__in=flight_ids)}
    earlier = FlightQuality.objects.in_bulk(flight_ids)
    scored = [
        quality
        for flight in flights
        if (quality := _scored(flight, streams.get(flight.pk), earlier.get(flight.pk))) is not None
    ]
    keep_qualities(scored)
    return len(scored)


def _scored(
    flight: FlightSession, stream: StreamedFlight | None, earlier: FlightQuality | None
) -> FlightQuality | None:
    """None where the flight's history is no longer stored."""
    jumps = stream.jump_count if stream is not None else 0
    record = stored_record(flight, recorded_span(flight), has_jumps=jumps > 0)
    if record is None:
        return None
    refused = refused_before(earlier) or _refused(flight, stream)
    return quality_of(flight, record, find_phases(record), clock_of(flight, jumps=jumps), refused)


def _refused(flight: FlightSession, stream: StreamedFlight | None) -> Refused | None:
    return None if stream is None else refused_points(flight, stream.point_count)
