"""The stream behind a flight: found, or opened with the flight's first points.

An aircraft has one open stream at most. Whoever opens one holds the aircraft's lock until the
transaction ends.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from django.db.models import F, Q

from accounts.choices import Role
from accounts.models import Membership
from accounts.roles import SEES_OWN_FLIGHTS_ONLY
from aviation.common.errors import Conflict
from aviation.fleet.models import Aircraft
from aviation.flights.choices import FlightClock, FlightState
from aviation.flights.models import FlightSession
from aviation.telemetry.ingest.runs import SILENCE, Span, span_of
from aviation.telemetry.models import StreamedFlight

AFTER_THE_END = timedelta(seconds=2)
SEQUENCE_AHEAD = 10_000
"""Points that may be missing where the sender's numbers show that a stream goes on."""
_STREAMS = StreamedFlight.objects.all()
_CLOSE_OTHERS = (
    "UPDATE telemetry_streamedflight SET closed_at = %s "
    "WHERE aircraft_id = %s AND closed_at IS NULL"
)


def stream_of_flight(flight: FlightSession, span: Span, now: datetime) -> StreamedFlight:
    """The stream of a flight that was planned or started; its first points begin it.

    A flight that was read with its stream is not asked about again.
    """
    known: StreamedFlight | None = getattr(flight, "stream", None)
    if known is not None:
        return known
    _lock_aircraft(flight.aircraft_id)
    stream = _STREAMS.filter(session=flight).first()
    return stream or _begun(flight, span, now)


def stream_of_aircraft(
    aircraft: Aircraft, run: pa.Table, membership: Membership, now: datetime
) -> StreamedFlight:
    """The stream that a run of points continues; without one a flight is opened."""
    stream = _continued(aircraft, run, now)
    if stream is not None:
        return stream
    _lock_aircraft(aircraft.pk)
    stream = _continued(aircraft, run, now)
    if stream is not None:
        return stream
    span = span_of(run)
    flight = _started(aircraft, span) or _opened(aircraft, span, membership, now)
    return _STREAMS.filter(session=flight).first() or _begun(flight, span, now)


def is_in_sight(stream: StreamedFlight, membership: Membership) -> bool:
    if membership.role not in SEES_OWN_FLIGHTS_ONLY:
        return True
    visible = FlightSession.objects.visible_to(membership)
    return visible.filter(pk=stream.session_id).exists()


def _continued(aircraft: Aircraft, run: pa.Table, now: datetime) -> StreamedFlight | None:
    """The open stream if it fits, which one index finds; else the newest that does."""
    streams = _STREAMS.filter(Q(aircraft=aircraft), _near(span_of(run), now) | _goes_on(run, now))
    return streams.filter(closed_at=None).first() or streams.order_by("-last_point_at").first()


def _near(span: Span, now: datetime) -> Q:
    near = Q(last_point_at__gte=span[0] - SILENCE, first_point_at__lte=span[1] + SILENCE)
    if now - span[1] > SILENCE:
        return near
    # The aircraft sends this moment. Where a person ended the flight before, it is on its next
    # one; a flight that ended by its silence ended with its last point, and may go on from there.
    was_ended = Q(session__ended_at__lt=span[0] - AFTER_THE_END)
    return near & ~(was_ended & ~Q(session__ended_at__lte=F("last_point_at")))


def _goes_on(run: pa.Table, now: datetime) -> Q:
    """By the sender's numbers alone: its clock has jumped."""
    is_numbered = "sequence" in run.column_names and not run["sequence"].null_count
    if not is_numbered:
        return Q(pk=None)
    first = pc.min(run["sequence"]).as_py()
    return Q(
        closed_at=None,
        last_received_at__gte=now - SILENCE,
        last_sequence__lt=first,
        last_sequence__gte=first - SEQUENCE_AHEAD,
    )


def _started(aircraft: Aircraft, span: Span) -> FlightSession | None:
    """A flight that somebody started by hand and that has no points yet."""
    return (
        FlightSession.objects.filter(
            aircraft=aircraft,
            state=FlightState.IN_PROGRESS,
            stream=None,
            started_at__lte=span[1] + SILENCE,
            started_at__gte=span[0] - timedelta(days=1),
        )
        .order_by("-started_at")
        .first()
    )


def _opened(aircraft: Aircraft, span: Span, membership: Membership, now: datetime) -> FlightSession:
    return FlightSession.objects.create(
        aircraft=aircraft,
        pilot=membership if membership.role == Role.PILOT else None,
        state=FlightState.IN_PROGRESS,
        started_at=span[0],
        boot_at=span[0],
        clock_source=FlightClock.STREAM,
        clock_uncertainty_s=_uncertainty_s(span, now),
    )


def _begun(flight: FlightSession, span: Span, now: datetime) -> StreamedFlight:
    """One from the past is closed at once: a newer one of the aircraft may be under way."""
    flight = _departed(flight, span, now)
    is_past = flight.ended_at is not None or now - span[1] > SILENCE
    if not is_past:
        _close_others(flight.aircraft_id, now)
    return StreamedFlight.objects.create(
        session=flight,
        aircraft_id=flight.aircraft_id,
        first_point_at=span[0],
        last_point_at=span[0],
        last_received_at=now,
        closed_at=now if is_past else None,
    )


def _departed(flight: FlightSession, span: Span, now: datetime) -> FlightSession:
    """A planned flight departs with its first point; a flight entered by hand gets a clock."""
    locked = FlightSession.objects.select_for_update(of=("self",), no_key=True)
    found = locked.filter(pk=flight.pk).first()
    if found is None:
        raise flight_gone()
    flight, changed = found, []
    if flight.boot_at is None:
        flight.boot_at, flight.clock_source = span[0], FlightClock.STREAM
        flight.clock_uncertainty_s = _uncertainty_s(span, now)
        changed += ["boot_at", "clock_source", "clock_uncertainty_s"]
    if flight.state == FlightState.PLANNED:
        flight.state, flight.started_at = FlightState.IN_PROGRESS, span[0]
        changed += ["state", "started_at"]
    if changed:
        flight.save(update_fields=changed)
    return flight


def flight_gone() -> Conflict:
    """Somebody deleted the flight while its points were on their way."""
    return Conflict("The flight was deleted just now.", code="flight_gone")


def _close_others(aircraft_id: uuid.UUID, now: datetime) -> None:
    """An aircraft flies one flight at a time; the clock makes the closed ones complete."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE_OTHERS, [now, aircraft_id])


def _uncertainty_s(span: Span, now: datetime) -> float:
    """How far the sender's clock may be off: what lies between its newest point and now."""
    return round(abs((now - span[1]).total_seconds()), 3)


def _lock_aircraft(aircraft_id: uuid.UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))",
            [f"streams of {aircraft_id}"],
        )
