"""Keeping a flight's quality score."""

from __future__ import annotations

from typing import Any

from aviation.flights.choices import FlightClock
from aviation.flights.models import FlightSession
from aviation.telemetry.models import FlightQuality
from aviation.telemetry.phases import FlightPhases
from aviation.telemetry.quality.part import Clock, Recording, Refused
from aviation.telemetry.quality.scoring import VERSION, Score, score
from aviation.telemetry.record import FlightRecord
from aviation.telemetry.vehicle_types import vehicle_type_of


def store_quality(
    *,
    session: FlightSession,
    record: FlightRecord,
    phases: FlightPhases,
    clock: Clock,
    refused: Refused | None,
) -> FlightQuality:
    """Score the flight and keep the score in place of an earlier one."""
    quality = quality_of(session, record, phases, clock, refused)
    keep_qualities([quality])
    return quality


def quality_of(
    session: FlightSession,
    record: FlightRecord,
    phases: FlightPhases,
    clock: Clock,
    refused: Refused | None,
) -> FlightQuality:
    """The flight's score, not yet kept."""
    recording = Recording(record, phases, vehicle_type_of(session, record), clock, refused)
    found = score(recording)
    return FlightQuality(
        session=session, score=found.value, parts=_parts(found, refused), version=VERSION
    )


def keep_qualities(qualities: list[FlightQuality]) -> None:
    FlightQuality.objects.bulk_create(
        qualities,
        update_conflicts=True,
        unique_fields=["session"],
        update_fields=["score", "parts", "version", "created_at"],
    )


def clock_of(session: FlightSession, *, jumps: int = 0) -> Clock:
    return Clock(FlightClock(session.clock_source), session.clock_uncertainty_s, jumps)


def refused_values(record: FlightRecord) -> Refused:
    """What reading a log left out, against all that it held."""
    kept = sum(series.values.size for series in record.series.values())
    return Refused(record.impossible_count, kept + record.impossible_count, "value")


def refused_before(quality: FlightQuality | None) -> Refused | None:
    """What an earlier score counted: it was left out before storing, so it can't be recounted."""
    for part in quality.parts if quality is not None else ():
        if counted := part.get("counted"):
            return Refused(counted["count"], counted["total"], counted["noun"])
    return None


def _parts(found: Score, refused: Refused | None) -> list[dict[str, Any]]:
    parts = []
    for each in found.parts:
        part: dict[str, Any] = {
            "name": each.part.name,
            "score": None if each.part.score is None else round(each.part.score, 1),
            "weight": each.weight,
            "sentence": each.part.sentence,
        }
        if each.part.name == "out_of_range" and refused is not None:
            part["counted"] = {
                "count": refused.count,
                "total": refused.total,
                "noun": refused.noun,
            }
        parts.append(part)
    return parts
