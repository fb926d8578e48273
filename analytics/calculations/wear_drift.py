"""The wear score, version 2: hours flown and the drift of what was measured.

Version 1 counts by the calendar. This one counts by the hours flown, and looks at how close each
flight came to the limits, before anything went past one. Of 100 points:

- findings, up to 30: motor 4, control surface 3, battery 2 each, twice that for a critical one; a
  finding counts half after ten more hours in the air, a quarter after twenty, and so on; their sum
  s gives 30 x (1 - 0.5 ** (s / 20)), so that many findings still count more than some;
- closeness to a limit, up to 40: of all measures (measures.py) the one that is worst in 14 days if
  its drift (drift.py) over the last 20 flights goes on, at the pace flown in the last 28 days;
  0 at half the limit, 40 at the limit;
- risk, up to 10: the average risk of the last five flights that have one, x 10;
- maintenance, up to 20: 20 overdue, 10 due within 7 days, 5 within 30.

It uses only what the database holds of each flight: time in the air, risk, findings, and observed
value and limit of findings and passed checks. When a part was last repaired is not among that. The
levels begin where those of version 1 do.

The figures above were chosen beforehand. One thing was changed after a look at the backtest
(wear_backtest.py): findings had been cut off at 30, where bad and worse were the same. What is
published of the backtest comes from other seeds than those looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from analytics.calculations.drift import level, rising_slope
from analytics.calculations.measures import MEASURES
from analytics.calculations.wear import LATER_DAYS, SOON_DAYS, WearLevel, wear_level

HISTORY_DAYS = 180
"""Flights further back are not looked at."""
AHEAD_DAYS = 14
PACE_DAYS = 28
DRIFT_FLIGHTS = 20
RISK_FLIGHTS = 5
HALVED_AFTER_H = 10.0
HALF_OF_MOST = 20.0
NOTHING_ASSESSED = f"No flight of the last {HISTORY_DAYS} days could be assessed."
FINDING_POINTS = {"motor": 4.0, "control_surface": 3.0, "battery": 2.0}
MOST_FOR_FINDINGS, MOST_FOR_CLOSENESS, MOST_FOR_RISK = 30.0, 40.0, 10.0
CLOSE_FROM, AT_LIMIT = 0.5, 1.0
OVERDUE, SOON, LATER = 20.0, 10.0, 5.0


@dataclass(frozen=True, slots=True)
class FlownFlight:
    """What the score needs of one flight. ``finding_points`` come from ``points_of``."""

    day: date
    hours: float
    risk: float | None = None
    finding_points: float = 0.0
    closeness: Mapping[str, float] = field(default_factory=dict)
    """By rule id, of the measures the flight has."""

    @property
    def is_assessed(self) -> bool:
        return self.risk is not None or bool(self.finding_points or self.closeness)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where a measure stands, how it drifts and where that leads."""

    rule_id: str
    now: float
    per_hour: float
    ahead: float

    @property
    def name(self) -> str:
        return MEASURES[self.rule_id].name


@dataclass(frozen=True, slots=True)
class DriftScore:
    """Points to one decimal place; the four parts add up to the score."""

    score: Decimal
    level: WearLevel
    findings: Decimal
    closeness: Decimal
    risk: Decimal
    maintenance: Decimal
    worst: Outlook | None
    """The measure behind ``closeness``; None where no flight measured one."""
    is_assessed: bool
    """Whether any of the flights was: without one, no points say little."""
    sentence: str


def points_of(findings: Iterable[tuple[str, str]]) -> float:
    """The points of a flight's findings, given as (component, severity), while they are fresh."""
    severities = {"warning": 1.0, "critical": 2.0}
    return sum(FINDING_POINTS.get(part, 0.0) * severities.get(s, 0.0) for part, s in findings)


def drift_score(
    flights: Sequence[FlownFlight], *, today: date, maintenance_on: date | None
) -> DriftScore:
    """The score on the day ``today``. ``flights`` are in the order flown, none after ``today``."""
    hours_flown = _cumulated(flights)
    worst = _worst(flights, hours_flown, _hours_ahead(flights, today))
    findings = _tenth(_finding_score(_faded(flights, hours_flown)))
    closeness = _tenth(_closeness_points(worst))
    risk = _tenth(_risk_points(flights))
    maintenance = _tenth(_maintenance_points(maintenance_on, today))
    score = findings + closeness + risk + maintenance
    is_assessed = any(flight.is_assessed for flight in flights)
    sentence = (
        f"Findings, fading with the hours flown: {findings}; {_told(worst)}: {closeness}; risk of "
        f"the last {RISK_FLIGHTS} flights: {risk}; maintenance: {maintenance}; together {score} of "
        f"100, {wear_level(score).label}."
    )
    return DriftScore(
        score=score,
        level=wear_level(score),
        findings=findings,
        closeness=closeness,
        risk=risk,
        maintenance=maintenance,
        worst=worst,
        is_assessed=is_assessed,
        sentence=sentence if is_assessed else f"{sentence} {NOTHING_ASSESSED}",
    )


def _cumulated(flights: Sequence[FlownFlight]) -> list[float]:
    """Hours in the air up to the end of each flight."""
    total, hours = 0.0, []
    for flight in flights:
        total += flight.hours
        hours.append(total)
    return hours


def _faded(flights: Sequence[FlownFlight], hours_flown: Sequence[float]) -> float:
    now = hours_flown[-1] if hours_flown else 0.0
    return sum(
        flight.finding_points * math.exp2((then - now) / HALVED_AFTER_H)
        for flight, then in zip(flights, hours_flown, strict=True)
        if flight.finding_points
    )


def _finding_score(faded: float) -> float:
    """Ever closer to the most, so that many findings still count more than some."""
    return MOST_FOR_FINDINGS * (1 - math.exp2(-faded / HALF_OF_MOST))


def _hours_ahead(flights: Sequence[FlownFlight], today: date) -> float:
    """The hours that 14 days bring at the pace of the last 28."""
    since = today - timedelta(days=PACE_DAYS)
    return sum(flight.hours for flight in flights if flight.day > since) * AHEAD_DAYS / PACE_DAYS


def _worst(
    flights: Sequence[FlownFlight], hours_flown: Sequence[float], hours_ahead: float
) -> Outlook | None:
    measured: dict[str, tuple[list[float], list[float]]] = {}
    for flight, hours in zip(flights, hours_flown, strict=True):
        for rule_id, value in flight.closeness.items():
            known = measured.setdefault(rule_id, ([], []))
            known[0].append(hours)
            known[1].append(value)
    outlooks = [_outlook(rule_id, *known, hours_ahead) for rule_id, known in measured.items()]
    return max(outlooks, key=lambda outlook: (outlook.ahead, outlook.rule_id), default=None)


def _outlook(
    rule_id: str, hours: Sequence[float], values: Sequence[float], hours_ahead: float
) -> Outlook:
    per_hour = rising_slope(hours[-DRIFT_FLIGHTS:], values[-DRIFT_FLIGHTS:])
    now = level(values)
    return Outlook(rule_id, now, per_hour, now + per_hour * hours_ahead)


def _closeness_points(worst: Outlook | None) -> float:
    if worst is None:
        return 0.0
    share = (worst.ahead - CLOSE_FROM) / (AT_LIMIT - CLOSE_FROM)
    return MOST_FOR_CLOSENESS * min(max(share, 0.0), 1.0)


def _risk_points(flights: Sequence[FlownFlight]) -> float:
    known = [flight.risk for flight in flights if flight.risk is not None][-RISK_FLIGHTS:]
    return MOST_FOR_RISK * sum(known) / len(known) if known else 0.0


def _maintenance_points(maintenance_on: date | None, today: date) -> float:
    if maintenance_on is None:
        return 0.0
    days = (maintenance_on - today).days
    if days < 0:
        return OVERDUE
    if days <= SOON_DAYS:
        return SOON
    return LATER if days <= LATER_DAYS else 0.0


def _told(worst: Outlook | None) -> str:
    if worst is None:
        return "nothing measured that tells of wear"
    drift = f"rising to {worst.ahead:.2f} in {AHEAD_DAYS} days" if worst.per_hour else "not rising"
    return f"{worst.name} at {worst.now:.2f} of its limit, {drift}"


def _tenth(points: float) -> Decimal:
    return Decimal(repr(points)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
