"""A year of flights by chance, always the same, with everything that makes counting hard."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.mlresults.models import Analysis, Finding

YEAR_BEGINS = datetime(2025, 12, 1, tzinfo=UTC)
YEAR_DAYS = 400
CLOCK_CHANGES = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Europe/Zurich
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # America/New_York
    datetime(2026, 11, 1, 6, tzinfo=UTC),
)
MIDNIGHTS = tuple(
    datetime(2026, month, day, hour, tzinfo=UTC)
    for month, day in ((1, 15), (3, 8), (3, 9), (3, 28), (3, 29), (7, 1), (10, 25), (11, 1))
    for hour in (0, 4, 5, 22, 23)  # UTC's own, and both zones' in winter and summer
)
CLOSE = (timedelta(microseconds=-1), timedelta(0), timedelta(microseconds=1), timedelta(minutes=59))
COMPONENTS = ("motor", "battery", "gps", "control_surface", "vibration")
LEVELS = ((0.2, "low"), (0.5, "medium"), (0.8, "high"), (1.01, "critical"))
AIRCRAFT = 12


@transaction.atomic
def store_fleet(flights: int, *, seed: int) -> None:
    """Put that many flights of twelve aircraft into the bound organization."""
    chance = random.Random(seed)
    aircraft = Aircraft.objects.bulk_create(
        Aircraft(registration=f"G-{number:04}") for number in range(AIRCRAFT)
    )
    sessions = [_flight(chance, aircraft) for _ in range(flights)]
    FlightSession.objects.bulk_create(sessions, batch_size=2_000)
    analyses = [each for session in sessions for each in _analyses(chance, session)]
    Analysis.objects.bulk_create(analyses, batch_size=2_000)
    findings = [each for analysis in analyses for each in _findings(chance, analysis)]
    Finding.objects.bulk_create(findings, batch_size=2_000)


def _flight(chance: random.Random, aircraft: Sequence[Aircraft]) -> FlightSession:
    state = chance.choices(
        ("completed", "aborted", "in_progress", "planned"), weights=(82, 10, 5, 3)
    )[0]
    started_at = _start(chance)
    length_s = chance.choice((0.0, chance.uniform(1, 60), chance.uniform(60, 9_000)))
    return FlightSession(
        id=uuid.UUID(int=chance.getrandbits(128)),
        aircraft=chance.choice(aircraft),
        state=state,
        has_flight=chance.random() > 0.06,
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=length_s)
        if state in ("completed", "aborted")
        else None,
        airborne_s=_known(chance, length_s),
        distance_m=_known(chance, length_s * chance.uniform(3, 25)),
    )


def _start(chance: random.Random) -> datetime:
    """Two in five close to a change of clocks or a midnight."""
    if chance.random() < 0.6:
        return YEAR_BEGINS + timedelta(seconds=chance.uniform(0, YEAR_DAYS * 86_400))
    return chance.choice(CLOCK_CHANGES + MIDNIGHTS) + chance.choice(CLOSE)


def _known(chance: random.Random, value: float) -> float | None:
    return value if chance.random() > 0.1 else None


def _analyses(chance: random.Random, session: FlightSession) -> list[Analysis]:
    """None, one, or one and its successor; sometimes only one that stands no more."""
    kind = chance.choices(("none", "one", "twice", "withdrawn"), weights=(12, 60, 25, 3))[0]
    versions = {"none": [], "one": ["2"], "twice": ["1", "2"], "withdrawn": ["1"]}[kind]
    return [_analysis(chance, session, version) for version in versions]


def _analysis(chance: random.Random, session: FlightSession, version: str) -> Analysis:
    score = chance.random() if chance.random() > 0.1 else None
    level = "" if score is None else next(name for limit, name in LEVELS if score < limit)
    return Analysis(
        session=session,
        is_active=version == "2",
        engine_version=version,
        vehicle_type="multirotor",
        quality_verdict="usable" if score is not None else "unusable",
        risk_score=score,
        risk_level=level,
    )


def _findings(chance: random.Random, analysis: Analysis) -> list[Finding]:
    return [_finding(chance, analysis, position) for position in range(chance.randrange(4))]


def _finding(chance: random.Random, analysis: Analysis, position: int) -> Finding:
    values: dict[str, Any] = {
        "component": chance.choice(COMPONENTS),
        "severity": chance.choice(("info", "warning", "critical")),
        "is_on_ground": chance.random() < 0.2,
    }
    return Finding(
        analysis=analysis,
        position=position,
        rule_id="generated",
        rule_version=1,
        title="The battery motor",  # words that a search of texts would stumble over
        text="critical",
        start_s=0,
        end_s=1,
        **values,
    )
