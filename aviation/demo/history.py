"""More than a year of invented flights, so that the fleet's figures have something to tell.

Results only: no log, no track, nothing measured; each flight says so. Pure data, and the same for
the same organization and moment. There is something to find in it: flying follows the seasons and
the weekdays, and in the last two months one aircraft's motors wear out.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aviation.demo.invented import Kind, invented_assessment
from aviation.mlresults.assess import Assessment
from aviation.telemetry.simulation.demo_fleet import DemoOrganization

DAYS = 400
"""Twelve months and what stands before them, to compare with."""
MARK = "Simulated history"
BUSIEST_DAY = 171
"""Of the year: midsummer."""
WEEKDAYS = (0.9, 1.0, 1.0, 1.0, 0.85, 0.3, 0.12)
PURPOSES = ("survey", "inspection", "mapping", "training flight", "pictures")
NO_PILOT, NOT_ASSESSED, ORDINARY_FAULT = 0.05, 0.06, 0.14
WEAR_DAYS = 60
EVERYDAY_FAULTS = (Kind.BATTERY, Kind.GPS, Kind.CONTROL, Kind.COMPASS, Kind.VIBRATION)


@dataclass(frozen=True, slots=True)
class PastFlight:
    """``pilot_email`` is empty where nobody is named."""

    registration: str
    pilot_email: str
    start_at: datetime
    airborne_s: float
    distance_m: float
    max_height_m: float
    max_ground_speed_ms: float
    purpose: str
    assessment: Assessment


def history_of(demo: DemoOrganization, now: datetime) -> list[PastFlight]:
    """All flights up to yesterday, the oldest first. ``now`` is in UTC."""
    chance = random.Random(demo.slug)  # noqa: S311 - a demo, not a secret
    flights = [
        flight
        for days_ago in range(DAYS, 0, -1)
        for flight in _flights_of(demo, now.date() - timedelta(days=days_ago), days_ago, chance)
    ]
    return sorted(flights, key=lambda each: each.start_at)


def _flights_of(
    demo: DemoOrganization, day: date, days_ago: int, chance: random.Random
) -> Iterator[PastFlight]:
    for aircraft in demo.aircraft:
        is_wearing = aircraft.registration == _wearing(demo) and days_ago <= WEAR_DAYS
        likely = 0.3 * _season(day) * WEEKDAYS[day.weekday()] * (2.0 if is_wearing else 1.0)
        for hour in (7, 13):
            if chance.random() < likely:
                yield _flight(demo, aircraft.registration, day, hour, is_wearing, chance)


def _wearing(demo: DemoOrganization) -> str:
    return demo.aircraft[-2].registration


def _season(day: date) -> float:
    """Between 0.35 in midwinter and 1 in midsummer."""
    turn = 2 * math.pi * (day.timetuple().tm_yday - BUSIEST_DAY) / 365
    return 0.675 + 0.325 * math.cos(turn)


def _flight(
    demo: DemoOrganization,
    registration: str,
    day: date,
    hour: int,
    is_wearing: bool,
    chance: random.Random,
) -> PastFlight:
    vehicle = next(a.vehicle for a in demo.aircraft if a.registration == registration)
    is_wing = vehicle == "fixed_wing"
    airborne_s = round(chance.uniform(1_500, 4_800) if is_wing else chance.uniform(480, 1_500), 1)
    speed_ms = chance.uniform(15, 21) if is_wing else chance.uniform(4, 9)
    pilot = chance.choice(demo.pilots)
    midnight = datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00")
    return PastFlight(
        registration=registration,
        pilot_email="" if chance.random() < NO_PILOT else pilot.email,
        start_at=midnight + timedelta(hours=hour, minutes=chance.randrange(0, 200, 5)),
        airborne_s=airborne_s,
        distance_m=round(airborne_s * speed_ms * 0.8, 1),
        max_height_m=round(chance.uniform(40, 118), 1),
        max_ground_speed_ms=round(speed_ms * chance.uniform(1.1, 1.4), 1),
        purpose=f"{MARK}: {chance.choice(PURPOSES)}",
        assessment=invented_assessment(vehicle, airborne_s, _faults(is_wearing, chance), chance),
    )


def _faults(is_wearing: bool, chance: random.Random) -> tuple[Kind, ...] | None:
    """What the analysis finds; None where it could not assess the flight."""
    if chance.random() < NOT_ASSESSED:
        return None
    found = []
    if is_wearing and chance.random() < 0.55:
        found.append(Kind.MOTOR_LOST if chance.random() < 0.2 else Kind.MOTOR)
    if chance.random() < ORDINARY_FAULT:
        found.append(chance.choice(EVERYDAY_FAULTS))
    if chance.random() < 0.25:
        found.append(Kind.NOTE)
    return tuple(found)
