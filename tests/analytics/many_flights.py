"""Thousands of flights with everything that could make a count go wrong, drawn by lot.

Flights planned, under way, aborted and without leaving the ground; analyses replaced since and
missing; risks that were not assessed; notes among the findings; days on which the clock changed.
"""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aviation.fleet.choices import AircraftStatus, AircraftType
from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.mlresults.models import Analysis, Finding
from aviation.tenants.views import refresh_view

VIEWS = ("analytics_dailyflights", "analytics_dailyanalyses", "analytics_dailyanomalies")
LEVELS = ((0.2, "low"), (0.5, "medium"), (0.8, "high"), (1.01, "critical"))
STATES = ("completed",) * 8 + ("aborted", "in_progress", "planned")
COMPONENTS = ("motor", "control_surface", "battery", "vibration", "gps", "")
SEVERITIES = ("info", "warning", "warning", "critical")
BATCH = 2_000


def make_flights(
    count: int, *, until: datetime, days: int, aircraft: int = 30, seed: int = 1
) -> list[Aircraft]:
    """Make them in the bound organization, spread over the days before ``until``, and refresh."""
    chance = random.Random(seed)
    fleet = Aircraft.objects.bulk_create(_aircraft(chance, n, until) for n in range(aircraft))
    flights = [_flight(chance, fleet, until, days) for _ in range(count)]
    FlightSession.objects.bulk_create(flights, batch_size=BATCH)
    analyses = [each for flight in flights for each in _analyses(chance, flight)]
    Analysis.objects.bulk_create(analyses, batch_size=BATCH)
    findings = [each for analysis in analyses for each in _findings(chance, analysis)]
    Finding.objects.bulk_create(findings, batch_size=BATCH)
    refresh()
    return fleet


def refresh() -> None:
    for view in VIEWS:
        refresh_view(view)


def _aircraft(chance: random.Random, number: int, until: datetime) -> Aircraft:
    days = chance.choice([None, -30, -1, 0, 7, 8, 30, 31, 90])
    due: date | None = None if days is None else until.date() + timedelta(days=days)
    return Aircraft(
        registration=f"MANY-{number:03}",
        aircraft_type=chance.choice(AircraftType.values),
        status=chance.choice(AircraftStatus.values),
        next_maintenance_on=due,
    )


def _flight(
    chance: random.Random, fleet: list[Aircraft], until: datetime, days: int
) -> FlightSession:
    started_at = until - timedelta(seconds=chance.randrange(days * 86_400))
    state = chance.choice(STATES)
    is_over = state in ("completed", "aborted")
    airborne_s = chance.choice([None, chance.uniform(1.0, 5_000.0)])
    return FlightSession(
        aircraft=chance.choice(fleet),
        state=state,
        has_flight=chance.random() < 0.9,
        started_at=started_at,
        ended_at=started_at + timedelta(minutes=30) if is_over else None,
        airborne_s=airborne_s,
        distance_m=airborne_s and airborne_s * 7.3,
    )


def _analyses(chance: random.Random, flight: FlightSession) -> list[Analysis]:
    """None, one, or a replaced one besides."""
    how_many = chance.choice([0, 1, 1, 1, 2])
    return [
        _analysis(chance, flight, str(number), is_active=number == how_many - 1)
        for number in range(how_many)
    ]


def _analysis(
    chance: random.Random, flight: FlightSession, engine: str, *, is_active: bool
) -> Analysis:
    risk = None if chance.random() < 0.1 else chance.random()
    level = "" if risk is None else next(name for below, name in LEVELS if risk < below)
    return Analysis(
        session=flight,
        is_active=is_active,
        engine_version=engine,
        vehicle_type="multirotor",
        quality_verdict="usable",
        risk_score=risk,
        risk_level=level,
    )


def _findings(chance: random.Random, analysis: Analysis) -> list[Finding]:
    return [_finding(chance, analysis, n) for n in range(chance.choice([0, 0, 1, 2, 3]))]


def _finding(chance: random.Random, analysis: Analysis, position: int) -> Finding:
    values: dict[str, Any] = {
        "component": chance.choice(COMPONENTS),
        "severity": chance.choice(SEVERITIES),
        "title": "Motor and battery, critical",  # what is counted is never this text
        "text": "",
    }
    return Finding(
        id=uuid.UUID(int=chance.getrandbits(128), version=4),
        analysis=analysis,
        position=position,
        rule_id="any",
        rule_version=1,
        start_s=1.0,
        end_s=2.0,
        **values,
    )


UNTIL = datetime(2026, 4, 20, 21, 30, tzinfo=UTC)
"""Past midnight in the east; the clock changed three weeks before."""
