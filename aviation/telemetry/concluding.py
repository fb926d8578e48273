"""What is made of a flight once its record is whole: figures, analysis, charts, quality.

An imported log and a flight that was streamed come here alike. Done again for the same flight, it
replaces what it made before.
"""

from __future__ import annotations

from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from aviation.flights.models import FlightSession
from aviation.telemetry.models import FlightOverview
from aviation.telemetry.overview import build_overview, compress
from aviation.telemetry.phases import FlightPhases, flight_figures
from aviation.telemetry.quality.part import Clock, Refused
from aviation.telemetry.quality.storing import store_quality
from aviation.telemetry.reading.span import noted_span
from aviation.telemetry.record import FlightRecord


class RecordReader(Protocol):
    """A further step over a freshly read flight, named in settings.FLIGHT_RECORD_READERS.

    It runs inside the caller's transaction and answers marks for the charts' event strip.
    """

    def __call__(
        self, *, session: FlightSession, record: FlightRecord, phases: FlightPhases
    ) -> list[dict[str, Any]]: ...


def set_figures(session: FlightSession, record: FlightRecord, phases: FlightPhases) -> list[str]:
    """Write the flight's figures into ``session``, unsaved; answers the names of its fields."""
    figures = flight_figures(record, phases)
    values = {
        "has_flight": phases.has_flight,
        "airborne_s": figures.flight_time_s,
        "distance_m": figures.distance_m,
        "max_height_m": figures.max_height_m,
        "max_ground_speed_ms": figures.max_ground_speed_ms,
    }
    for name, value in values.items():
        setattr(session, name, value)
    return list(values)


def conclude_flight(
    *,
    session: FlightSession,
    record: FlightRecord,
    phases: FlightPhases,
    row_count: int,
    clock: Clock,
    refused: Refused | None,
) -> None:
    """Analyse, draw and score a flight whose rows are stored, in the caller's transaction."""
    marks = _read_further(session, record, phases)
    _store_overview(session, record, phases, marks, row_count)
    store_quality(session=session, record=record, phases=phases, clock=clock, refused=refused)


def _read_further(
    session: FlightSession, record: FlightRecord, phases: FlightPhases
) -> list[dict[str, Any]]:
    marks: list[dict[str, Any]] = []
    for name in settings.FLIGHT_RECORD_READERS:
        reader: RecordReader = import_string(name)
        marks.extend(reader(session=session, record=record, phases=phases))
    return marks


def _store_overview(
    session: FlightSession,
    record: FlightRecord,
    phases: FlightPhases,
    marks: list[dict[str, Any]],
    row_count: int,
) -> None:
    payload, etag = compress(build_overview(record, phases, marks))
    made: dict[str, Any] = {
        "payload": payload,
        "etag": etag,
        "row_count": row_count,
        "channels": sorted(record.series),
    }
    if session.boot_at is not None:
        made |= noted_span(session.boot_at, record)
    FlightOverview.objects.update_or_create(session=session, defaults=made)
