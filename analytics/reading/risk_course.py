"""How risk and anomalies went: by day, by level, by component."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum

from accounts.models import Membership
from analytics.calculations.averages import average
from analytics.models import DailyAnalyses, DailyAnomalies, DailyLevels
from analytics.periods import Period
from analytics.reading.types import type_of_aircraft


@dataclass(frozen=True, slots=True)
class Assessed:
    """Flights with an analysis, with a risk in it, and at level high or critical."""

    analysed_flights: int = 0
    scored_flights: int = 0
    risk_sum: Decimal = Decimal(0)
    high_risk_flights: int = 0

    @property
    def average(self) -> Decimal | None:
        """None where no flight was assessed: that is no risk of zero."""
        return average(self.risk_sum, self.scored_flights)

    def __add__(self, other: Assessed) -> Assessed:
        return Assessed(
            self.analysed_flights + other.analysed_flights,
            self.scored_flights + other.scored_flights,
            self.risk_sum + other.risk_sum,
            self.high_risk_flights + other.high_risk_flights,
        )


@dataclass(frozen=True, slots=True)
class AssessedDay:
    day: date
    aircraft_type: str
    assessed: Assessed


@dataclass(frozen=True, slots=True)
class LevelOfDay:
    """``level`` is empty for flights that were not assessed."""

    day: date
    level: str
    flights: int


@dataclass(frozen=True, slots=True)
class ComponentAnomalies:
    component: str
    warnings: int
    critical: int


def assessed_days(membership: Membership, period: Period) -> list[AssessedDay]:
    """By day and aircraft type, days with an analysis only. Two queries."""
    rows = (
        DailyAnalyses.objects.visible_to(membership)
        .within(period)
        .values("day", kind=type_of_aircraft())
        .annotate(
            analysed=Sum("analysed_flights"),
            scored=Sum("scored_flights"),
            risks=Sum("risk_sum"),
            high=Sum("high_risk_flights"),
        )
        .order_by("day", "kind")
    )
    return [
        AssessedDay(
            row["day"],
            row["kind"],
            Assessed(row["analysed"], row["scored"], row["risks"], row["high"]),
        )
        for row in rows
        if row["kind"] is not None
    ]


def assessed(membership: Membership, period: Period) -> Assessed:
    """The whole period. One query."""
    sums = (
        DailyAnalyses.objects.visible_to(membership)
        .within(period)
        .aggregate(
            analysed=Sum("analysed_flights", default=0),
            scored=Sum("scored_flights", default=0),
            risks=Sum("risk_sum", default=Decimal(0)),
            high=Sum("high_risk_flights", default=0),
        )
    )
    return Assessed(sums["analysed"], sums["scored"], sums["risks"], sums["high"])


def levels_by_day(membership: Membership, period: Period) -> list[LevelOfDay]:
    """Levels with a flight, in order. One query."""
    rows = DailyLevels.objects.visible_to(membership).within(period)
    found = rows.order_by("day", "level").values_list("day", "level", "flights")
    return [LevelOfDay(*row) for row in found]


def anomalies_by_component(membership: Membership, period: Period) -> list[ComponentAnomalies]:
    """Components with an anomaly, the most troubled first. One query."""
    rows = (
        DailyAnomalies.objects.visible_to(membership)
        .within(period)
        .values("component")
        .annotate(
            warnings=Sum("anomalies", filter=Q(severity="warning"), default=0),
            critical=Sum("anomalies", filter=Q(severity="critical"), default=0),
        )
        .order_by("component")
    )
    found = [ComponentAnomalies(r["component"], r["warnings"], r["critical"]) for r in rows]
    return sorted(found, key=lambda each: -(each.warnings + each.critical))
