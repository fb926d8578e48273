"""The executive summary: what flew in each month, how risky it was, and what was found.

Sums are exact, whatever their order. Figures made by dividing have four places, halves away from
zero, as PostgreSQL's ``round`` has them:

    hours              = seconds in the air / 3,600
    distance in km     = metres / 1,000
    average risk       = sum of the risks / flights with a risk
    share of high risk = flights at level high or critical / flights with a risk

A flight without a risk was not assessed: it counts as a flight, and in no average and no share.
Where flights were made and none was analysed, nobody knows the anomalies: they are not zero. An
aircraft that flew in two months is active in both and once in the whole, so the months' active
aircraft do not add up to the whole's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal, localcontext
from typing import Any

from analytics.calculations.averages import average
from analytics.calculations.spans import Step, spans
from analytics.periods import Period

ZERO = Decimal(0)
SECONDS_AN_HOUR, METRES_A_KM = 3_600, 1_000
DIGITS = 60
"""More than any sum has; Python's usual 28 might round one."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted in a month or another span. Anomalies: warnings and critical findings."""

    flights: int = 0
    active_aircraft: int = 0
    timed_flights: int = 0
    """Flights whose time in the air is known; the others are in no hours."""
    airborne_s: Decimal = ZERO
    distance_m: Decimal = ZERO
    analysed_flights: int = 0
    scored_flights: int = 0
    risk_sum: Decimal = ZERO
    high_risk_flights: int = 0
    anomalies: int = 0
    critical_anomalies: int = 0

    @property
    def hours(self) -> Decimal:
        return _quotient(self.airborne_s, SECONDS_AN_HOUR)

    @property
    def distance_km(self) -> Decimal:
        return _quotient(self.distance_m, METRES_A_KM)

    @property
    def average_risk(self) -> Decimal | None:
        """0 to 1; None where no flight was assessed."""
        return average(self.risk_sum, self.scored_flights)

    @property
    def high_risk_share(self) -> Decimal | None:
        """0 to 1; None where no flight was assessed."""
        return average(Decimal(self.high_risk_flights), self.scored_flights)

    @property
    def known_anomalies(self) -> int | None:
        """None where there were flights and none of them was analysed."""
        return self.anomalies if self.analysed_flights or not self.flights else None

    @property
    def known_critical_anomalies(self) -> int | None:
        return None if self.known_anomalies is None else self.critical_anomalies

    @property
    def known_warnings(self) -> int | None:
        """Anomalies that are not critical."""
        return None if self.known_anomalies is None else self.anomalies - self.critical_anomalies

    @property
    def known_high_risk_flights(self) -> int | None:
        """None where there were flights and none of them has a risk."""
        return self.high_risk_flights if self.scored_flights or not self.flights else None


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month, or the part of one that lies in the summary's period."""

    period: Period
    figures: Figures

    @property
    def name(self) -> str:
        return f"{self.period.start:%B %Y}"


@dataclass(frozen=True, slots=True)
class Summary:
    """Months oldest first, none left out, and the whole period."""

    months: tuple[Month, ...]
    total: Figures

    @property
    def period(self) -> Period:
        first, last = self.months[0].period, self.months[-1].period
        return Period(first.start, last.end, first.tz)


def added_up(months: Sequence[Figures], *, active_aircraft: int) -> Figures:
    """The whole of the months; its active aircraft are counted over all of them together."""
    with localcontext(prec=DIGITS):
        sums = {each.name: _sum(months, each.name, each.default) for each in fields(Figures)}
    return Figures(**{**sums, "active_aircraft": active_aircraft})


def _sum(months: Sequence[Figures], name: str, zero: Any) -> Any:
    return sum((getattr(month, name) for month in months), start=zero)


def months_of(period: Period) -> tuple[Period, ...]:
    """The period cut where months begin; the first and the last may be parts of one."""
    parts = spans(period.start, period.end, Step.MONTH)
    return tuple(Period(part.start, part.end, period.tz) for part in parts)


def _quotient(total: Decimal, divisor: int) -> Decimal:
    found = average(total, divisor)
    assert found is not None  # of a divisor that is not 0
    return found
