"""How worn each aircraft is at a moment: version 1 of the score, in two queries for any fleet."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from analytics.calculations.wear import (
    FINDING_DAYS,
    RISK_DAYS,
    WearFigures,
    WearScore,
    WearSource,
    wear_score,
)
from analytics.calculations.wear_weights import PUBLISHED, Weights
from analytics.models import PUBLISHED_NUMBER, WearWeights
from analytics.periods import Period
from analytics.reading.evidence import Evidence, EvidenceKind

COMPONENTS = (WearSource.MOTOR, WearSource.CONTROL_SURFACE, WearSource.BATTERY)
_SQL = (Path(__file__).parent / "sql" / "wear.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class AircraftWear:
    """An aircraft and what its score is made from."""

    aircraft_id: uuid.UUID
    registration: str
    name: str
    aircraft_type: str
    status: str
    figures: WearFigures
    tz: ZoneInfo


@dataclass(frozen=True, slots=True)
class WearStanding:
    """An aircraft with its score and the version of the weights that it was made with."""

    aircraft: AircraftWear
    wear: WearScore
    weights_version: int

    @property
    def evidence(self) -> dict[WearSource, Evidence]:
        """Where each part of the score comes from."""
        of, month = self.aircraft.aircraft_id, _days(self.aircraft, FINDING_DAYS)
        return {
            **{each: Evidence(EvidenceKind.FINDINGS, of, month, each.value) for each in COMPONENTS},
            WearSource.RISK: Evidence(EvidenceKind.ANALYSES, of, _days(self.aircraft, RISK_DAYS)),
            WearSource.MAINTENANCE: Evidence(EvidenceKind.AIRCRAFT, of, month),
        }


def wear_list(at: datetime) -> list[WearStanding]:
    """All aircraft in service, the most worn first, then by registration."""
    number, weights = weights_in_use()
    standings = [_standing(each, number, weights) for each in fleet_wear(at)]
    return sorted(standings, key=_most_worn_first)


def wear_of(aircraft_id: uuid.UUID, at: datetime) -> WearStanding | None:
    """One aircraft, retired or not; None where the organization has none with this id."""
    number, weights = weights_in_use()
    found = _rows(at, aircraft_id)
    return _standing(_aircraft(found[0]), number, weights) if found else None


def weights_in_use() -> tuple[int, Weights]:
    """Version and values of the weights that count now."""
    row = WearWeights.objects.active().first()
    return (PUBLISHED_NUMBER, PUBLISHED) if row is None else (row.number, row.weights)


def fleet_wear(at: datetime) -> Iterable[AircraftWear]:
    """What the scores of all aircraft in service are made from, in no order."""
    return map(_aircraft, _rows(at, None))


def _rows(at: datetime, aircraft_id: uuid.UUID | None) -> list[dict[str, Any]]:
    parameters = {
        "at": at,
        "aircraft_id": aircraft_id,
        "finding_days": FINDING_DAYS,
        "risk_days": RISK_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _aircraft(row: Mapping[str, Any]) -> AircraftWear:
    return AircraftWear(
        aircraft_id=row["aircraft_id"],
        registration=row["registration"],
        name=row["name"],
        aircraft_type=row["aircraft_type"],
        status=row["status"],
        figures=WearFigures(
            today=row["today"],
            motor=row["motor"],
            control_surface=row["control_surface"],
            battery=row["battery"],
            analysed_flights=row["analysed_flights"],
            scored_flights=row["scored_flights"],
            risk_sum=row["risk_sum"],
            maintenance_on=row["maintenance_on"],
        ),
        tz=ZoneInfo(row["time_zone"]),
    )


def _standing(aircraft: AircraftWear, number: int, weights: Weights) -> WearStanding:
    return WearStanding(aircraft, wear_score(aircraft.figures, weights), number)


def _days(aircraft: AircraftWear, count: int) -> Period:
    """The last so many days, today's included."""
    tomorrow = aircraft.figures.today + timedelta(days=1)
    return Period(tomorrow - timedelta(days=count), tomorrow, aircraft.tz)


def _most_worn_first(standing: WearStanding) -> tuple[Any, ...]:
    return -standing.wear.score, standing.aircraft.registration
