"""A streamed flight that is over becomes a whole flight: figures, analysis, charts, quality.

What must never happen: a flight with two active analyses, or points that arrive meanwhile and are
never looked at. One worker at a time has a flight; it writes down how many points the stream had
before it read them, and a stream that has more by then is finished again.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from aviation.flights.models import FlightSession
from aviation.telemetry.choices import Rejection
from aviation.telemetry.concluding import conclude_flight, set_figures
from aviation.telemetry.ingest.streams import AFTER_THE_END
from aviation.telemetry.models import QuarantinedPoint, StreamedFlight
from aviation.telemetry.phases import find_phases
from aviation.telemetry.quality.part import Refused
from aviation.telemetry.quality.storing import clock_of
from aviation.telemetry.record import FlightRecord
from aviation.telemetry.streaming.ending import OVER, end_if_silent
from aviation.telemetry.streaming.records import stored_record
from aviation.tenants.limits import time_limits

LONGEST_READING_S = 600
IMPOSSIBLE = (Rejection.OUT_OF_RANGE, Rejection.NOT_A_NUMBER)


def finish_stream(*, flight_id: uuid.UUID, at: datetime) -> bool:
    """End the flight where it fell silent, and make a whole flight of it.

    False when there is nothing to do: it is in the air, another worker has it, or all of its
    points were looked at before.
    """
    if not end_if_silent(flight_id=flight_id, at=at):
        return False
    _count_attempt(flight_id)
    with time_limits(statement_s=LONGEST_READING_S):
        return _finish(flight_id)


@transaction.atomic
def _count_attempt(flight_id: uuid.UUID) -> None:
    """Committed before the work: a flight that ends its worker is not tried for ever."""
    StreamedFlight.objects.filter(pk=flight_id).update(finish_attempts=F("finish_attempts") + 1)


@transaction.atomic
def _finish(flight_id: uuid.UUID) -> bool:
    if not _lock(flight_id):
        return False
    stream = StreamedFlight.objects.select_related("session__aircraft").get(pk=flight_id)
    is_finished = stream.finished_count is not None and stream.finished_count >= stream.point_count
    if stream.session.state not in OVER or is_finished:
        return False
    span = (stream.first_point_at, stream.last_point_at)
    record = stored_record(stream.session, span, has_jumps=stream.jump_count > 0)
    if record is not None:
        _conclude(stream, record)
    StreamedFlight.objects.filter(pk=flight_id).update(
        finished_count=stream.point_count, finish_attempts=0
    )
    return True


def _conclude(stream: StreamedFlight, record: FlightRecord) -> None:
    session = stream.session
    phases = find_phases(record)
    changed = set_figures(session, record, phases)
    if session.ended_at is not None and session.ended_at + AFTER_THE_END < stream.last_point_at:
        # It went on after the silence that ended it. A flight that a person ended takes no point
        # from after that.
        session.ended_at = stream.last_point_at
        changed.append("ended_at")
    session.save(update_fields=changed)
    conclude_flight(
        session=session,
        record=record,
        phases=phases,
        row_count=stream.point_count,
        clock=clock_of(session, jumps=stream.jump_count),
        refused=refused_points(session, stream.point_count),
    )


def refused_points(session: FlightSession, accepted: int) -> Refused:
    """How many of the flight's points were kept out as impossible."""
    count = QuarantinedPoint.objects.filter(
        session=session, code__in=IMPOSSIBLE, replayed_at=None
    ).count()
    return Refused(count, accepted + count, "point")


def _lock(flight_id: uuid.UUID) -> bool:
    """Whether this worker has the flight until its transaction ends; a row lock would hold up
    the points that arrive."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))",
            [f"finishing {flight_id}"],
        )
        return bool(cursor.fetchone()[0])
