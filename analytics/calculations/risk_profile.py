"""The fleet's risk by aircraft type: averages, serious flights, and where the risk is going.

The trend holds the average risk of the period's last 7 days against that of the days before:

- above +0.05 increasing, below -0.05 decreasing;
- stable between, and at exactly +0.05 or -0.05;
- too little data when one of the two sides has fewer than 5 flights with a risk.

Averages have four places, and their difference decides as it is shown. A flight without a risk was
not assessed: it counts as a flight, and in no average.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from analytics.calculations.averages import average

RECENT_DAYS = 7
LEAST_FLIGHTS = 5
STABLE_WITHIN = Decimal("0.05")


class Trend(StrEnum):
    INCREASING = "increasing"
    STABLE = "stable"
    DECREASING = "decreasing"
    TOO_LITTLE_DATA = "too_little_data"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Scored:
    """Flights with a risk, and the sum of their risks (0-1 each)."""

    flights: int = 0
    risk_sum: Decimal = Decimal(0)

    @property
    def average(self) -> Decimal | None:
        return average(self.risk_sum, self.flights)

    def __add__(self, other: Scored) -> Scored:
        return Scored(self.flights + other.flights, self.risk_sum + other.risk_sum)


@dataclass(frozen=True, slots=True)
class TypeFigures:
    """What was counted of one aircraft type in a period; ``recent`` are its last 7 days."""

    aircraft_type: str
    flights: int = 0
    high_risk_flights: int = 0
    critical_anomalies: int = 0
    before: Scored = Scored()
    recent: Scored = Scored()

    def __add__(self, other: TypeFigures) -> TypeFigures:
        return TypeFigures(
            self.aircraft_type,
            self.flights + other.flights,
            self.high_risk_flights + other.high_risk_flights,
            self.critical_anomalies + other.critical_anomalies,
            self.before + other.before,
            self.recent + other.recent,
        )


@dataclass(frozen=True, slots=True)
class TypeRisk:
    """One line of the profile. Averages are None where no flight has a risk."""

    aircraft_type: str
    flights: int
    scored_flights: int
    average_risk: Decimal | None
    high_risk_flights: int
    critical_anomalies: int
    trend: Trend
    change: Decimal | None
    """Recent average less the one before; None with too little data."""
    sentence: str
    """How the trend came about, in plain words."""


def risk_of(figures: TypeFigures) -> TypeRisk:
    """The profile's line of one aircraft type, or of several added up."""
    both = figures.before + figures.recent
    change = _change(figures.before, figures.recent)
    return TypeRisk(
        aircraft_type=figures.aircraft_type,
        flights=figures.flights,
        scored_flights=both.flights,
        average_risk=both.average,
        high_risk_flights=figures.high_risk_flights,
        critical_anomalies=figures.critical_anomalies,
        trend=_trend(change),
        change=change,
        sentence=_sentence(figures.before, figures.recent, change),
    )


def risk_of_all(types: Iterable[TypeFigures]) -> TypeRisk:
    """The same figures over all types together; the line's type is empty."""
    return risk_of(sum(types, start=TypeFigures("")))


def _change(before: Scored, recent: Scored) -> Decimal | None:
    if min(before.flights, recent.flights) < LEAST_FLIGHTS:
        return None
    assert before.average is not None
    assert recent.average is not None
    return recent.average - before.average


def _trend(change: Decimal | None) -> Trend:
    if change is None:
        return Trend.TOO_LITTLE_DATA
    if abs(change) <= STABLE_WITHIN:
        return Trend.STABLE
    return Trend.INCREASING if change > 0 else Trend.DECREASING


def _sentence(before: Scored, recent: Scored, change: Decimal | None) -> str:
    last = f"the last {RECENT_DAYS} days"
    if change is None:
        return (
            f"Flights with a risk: {recent.flights} in {last}, {before.flights} before; a trend "
            f"needs {LEAST_FLIGHTS} on either side."
        )
    return (
        f"Average risk {recent.average} over {recent.flights} flights in {last}, "
        f"{before.average} over {before.flights} before: {_signed(change)}."
    )


def _signed(change: Decimal) -> str:
    return f"{change:+}".replace("-", "\N{MINUS SIGN}")
