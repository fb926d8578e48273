"""Between which moments a flight's rows lie: a query that names them opens no other month."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aviation.flights.models import FlightSession
from aviation.telemetry.record import FlightRecord

LOG_REACHES = timedelta(days=31)
"""Where nothing is noted, a log is taken to begin and end within this much of its flight."""
ROUNDED = timedelta(seconds=1)
"""Rows lie on a grid of tenths of seconds, so up to half a step outside their record."""

Span = tuple[datetime, datetime]
_NOTED = (
    "overview__row_count",
    "overview__first_point_at",
    "overview__last_point_at",
    "stream__first_point_at",
    "stream__last_point_at",
)


def noted_span(boot_at: datetime, record: FlightRecord) -> dict[str, datetime]:
    """What the charts' row keeps of where a record's rows lie."""
    return {
        "first_point_at": boot_at + timedelta(seconds=record.start_s) - ROUNDED,
        "last_point_at": boot_at + timedelta(seconds=record.end_s) + ROUNDED,
    }


def recorded_span(flight: FlightSession) -> Span:
    """No row of the flight lies outside; both ends are included. One query."""
    noted = FlightSession.objects.filter(pk=flight.pk).values_list(*_NOTED).first()
    return _from_notes(flight, *noted) if noted is not None else _within_reach(flight)


def _from_notes(
    flight: FlightSession,
    row_count: int | None,
    charts_from: datetime | None,
    charts_to: datetime | None,
    stream_from: datetime | None,
    stream_to: datetime | None,
) -> Span:
    """The stretch of the log and that of the stream together, as far as there are both."""
    has_unmeasured_log = row_count is not None and charts_from is None
    froms = [each for each in (charts_from, stream_from) if each is not None]
    tos = [each for each in (charts_to, stream_to) if each is not None]
    if has_unmeasured_log or not froms or not tos:
        return _within_reach(flight)
    return min(froms), max(tos)


def _within_reach(flight: FlightSession) -> Span:
    last = flight.ended_at or flight.started_at
    return flight.started_at - LOG_REACHES, last + LOG_REACHES


def clipped(span: Span, start: Any, end: Any) -> Span:
    """The part of ``span`` from ``start`` to ``end``, where these are given."""
    return max(start or span[0], span[0]), min(end or span[1], span[1])
