"""The wear score, version 1: what asks for maintenance, added up in points.

    motor findings x 0.4 + control-surface findings x 0.3 + battery findings x 0.2   (30 days)
    + average risk x 10                                                              (7 days)
    + 30, 20 or 10 when maintenance is overdue, due within 7 or within 30 days

Findings are warnings and critical ones. The average risk has four places and everything after it
is exact, so the parts as shown add up to the score as shown. Levels: urgent from 50, high from 30,
medium from 15, low below. One action is recommended, the first that applies: more than 5 motor
findings, more than 3 of control surfaces, more than 2 of the battery, maintenance overdue.

The points are an order of what to look at first, no probability that anything fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from analytics.calculations.averages import average
from analytics.calculations.wear_weights import PUBLISHED, Weights

FINDING_DAYS = 30
RISK_DAYS = 7
SOON_DAYS = 7
LATER_DAYS = 30


class WearLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def label(self) -> str:
        return self.value.upper()


class WearAction(StrEnum):
    INSPECT_MOTORS = "inspect_motors"
    CHECK_CONTROL_SURFACES = "check_control_surfaces"
    ASSESS_BATTERY = "assess_battery"
    MAINTAIN = "maintain"
    CONTINUE = "continue"

    @property
    def label(self) -> str:
        return ACTION_LABELS[self]


ACTION_LABELS = {
    WearAction.INSPECT_MOTORS: "Inspect the motors at once",
    WearAction.CHECK_CONTROL_SURFACES: "Check the calibration of the control surfaces",
    WearAction.ASSESS_BATTERY: "Have the battery assessed",
    WearAction.MAINTAIN: "Carry out the overdue maintenance",
    WearAction.CONTINUE: "Continue as planned",
}


class WearSource(StrEnum):
    """What a part of the score comes from; the first three are components of findings."""

    MOTOR = "motor"
    CONTROL_SURFACE = "control_surface"
    BATTERY = "battery"
    RISK = "risk"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class WearFigures:
    """What is known of an aircraft on the day ``today``.

    Findings of the last 30 days by component, risks of the last 7. ``analysed_flights`` of the
    last 30 days says whether findings could be made at all.
    """

    today: date
    motor: int = 0
    control_surface: int = 0
    battery: int = 0
    analysed_flights: int = 0
    scored_flights: int = 0
    risk_sum: Decimal = Decimal(0)
    maintenance_on: date | None = None


@dataclass(frozen=True, slots=True)
class WearPart:
    """Points from one source, and how they came about: ``Motor findings 6 × 0.4 = 2.4``."""

    source: WearSource
    points: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class WearScore:
    """The score with its parts, in the order of the formula; their points add up to it."""

    score: Decimal
    level: WearLevel
    action: WearAction
    parts: tuple[WearPart, ...]
    is_assessed: bool
    """Whether any flight of the last 30 days was analysed. Without one, no finding says little."""
    sentence: str


def wear_score(figures: WearFigures, weights: Weights = PUBLISHED) -> WearScore:
    parts = (
        _findings(WearSource.MOTOR, figures.motor, weights.motor),
        _findings(WearSource.CONTROL_SURFACE, figures.control_surface, weights.control_surface),
        _findings(WearSource.BATTERY, figures.battery, weights.battery),
        _risk(figures, weights),
        _maintenance(figures, weights),
    )
    score = sum((part.points for part in parts), start=Decimal(0))
    level = wear_level(score, weights)
    is_assessed = figures.analysed_flights > 0
    return WearScore(
        score=score,
        level=level,
        action=_action(figures, weights),
        parts=parts,
        is_assessed=is_assessed,
        sentence=_sentence(parts, score, level, is_assessed=is_assessed),
    )


def wear_level(score: Decimal, weights: Weights = PUBLISHED) -> WearLevel:
    if score >= weights.urgent_from:
        return WearLevel.URGENT
    if score >= weights.high_from:
        return WearLevel.HIGH
    return WearLevel.MEDIUM if score >= weights.medium_from else WearLevel.LOW


def plain(number: Decimal) -> str:
    """Without needless zeros: 2.40 as 2.4, 30.0 as 30."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _findings(source: WearSource, count: int, weight: Decimal) -> WearPart:
    points = count * weight
    name = source.value.replace("_", "-").capitalize()
    return WearPart(source, points, f"{name} findings {count} × {plain(weight)} = {plain(points)}")


def _risk(figures: WearFigures, weights: Weights) -> WearPart:
    mean = average(figures.risk_sum, figures.scored_flights)
    if mean is None:
        return WearPart(
            WearSource.RISK, Decimal(0), f"No flight with a risk in the last {RISK_DAYS} days: 0"
        )
    points = mean * weights.risk
    text = f"Average risk {plain(mean)} × {plain(weights.risk)} = {plain(points)}"
    return WearPart(WearSource.RISK, points, text)


def _maintenance(figures: WearFigures, weights: Weights) -> WearPart:
    """Due today is due within 7 days; overdue begins the day after."""
    if figures.maintenance_on is None:
        return WearPart(WearSource.MAINTENANCE, Decimal(0), "No maintenance date entered: 0")
    days = (figures.maintenance_on - figures.today).days
    points = _due(days, weights)
    return WearPart(WearSource.MAINTENANCE, points, f"{_due_text(days)}: {plain(points)}")


def _due(days: int, weights: Weights) -> Decimal:
    if days < 0:
        return weights.overdue
    if days <= SOON_DAYS:
        return weights.due_in_7_days
    return weights.due_in_30_days if days <= LATER_DAYS else Decimal(0)


def _due_text(days: int) -> str:
    if days == 0:
        return "Maintenance due today"
    noun = "day" if abs(days) == 1 else "days"
    if days < 0:
        return f"Maintenance overdue by {-days} {noun}"
    return f"Maintenance due in {days} {noun}"


def _action(figures: WearFigures, weights: Weights) -> WearAction:
    if figures.motor > weights.motor_above:
        return WearAction.INSPECT_MOTORS
    if figures.control_surface > weights.control_surface_above:
        return WearAction.CHECK_CONTROL_SURFACES
    if figures.battery > weights.battery_above:
        return WearAction.ASSESS_BATTERY
    is_overdue = figures.maintenance_on is not None and figures.maintenance_on < figures.today
    return WearAction.MAINTAIN if is_overdue else WearAction.CONTINUE


def _sentence(
    parts: tuple[WearPart, ...], score: Decimal, level: WearLevel, *, is_assessed: bool
) -> str:
    first, *others = [part.text for part in parts]
    told = ", ".join([first, *(text[0].lower() + text[1:] for text in others)])
    unknown = "" if is_assessed else f" No flight was analysed in the last {FINDING_DAYS} days."
    return f"{told}; together {plain(score)}, {level.label}.{unknown}"
