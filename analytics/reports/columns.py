"""The summary's columns, defined once: what the page, the CSV and the PDF show of ``Figures``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from analytics.calculations.executive import Figures

UNKNOWN = "–"
"""Shown where nothing was assessed: neither a zero nor good news."""

Number = int | Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    """One figure: ``name`` with its unit for programs, ``label`` and ``unit`` for people."""

    name: str
    label: str
    unit: str
    of: Callable[[Figures], Number]
    places: int = 0
    """Decimal places that people are shown."""
    times: int = 1
    """What the shown number is multiplied by: 100 for percent."""

    def exact(self, figures: Figures) -> str:
        """For programs: every place there is, empty where nothing was assessed."""
        return exactly(self.of(figures))

    def shown(self, figures: Figures) -> str:
        """For people: rounded, thousands apart."""
        number = self.of(figures)
        return UNKNOWN if number is None else shown(Decimal(number) * self.times, self.places)


def exactly(number: Number) -> str:
    """Every place there is, never in powers of ten; empty for None."""
    return "" if number is None else f"{Decimal(number):f}"


def shown(number: Decimal, places: int) -> str:
    """Rounded, halves away from zero, thousands apart: ``1,234.5``."""
    return f"{number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):,f}"


FLIGHTS = Column("flights", "Flights", "", lambda each: each.flights)
ACTIVE_AIRCRAFT = Column(
    "active_aircraft", "Active aircraft", "", lambda each: each.active_aircraft
)
HOURS = Column("hours_h", "Hours", "h", lambda each: each.hours, 1)
DISTANCE = Column("distance_km", "Distance", "km", lambda each: each.distance_km, 1)
TIMED = Column("timed_flights", "Flights with hours", "", lambda each: each.timed_flights)
ANALYSED = Column("analysed_flights", "Flights analysed", "", lambda each: each.analysed_flights)
SCORED = Column("scored_flights", "Flights with a risk", "", lambda each: each.scored_flights)
RISK = Column("average_risk_0_to_1", "Average risk", "0–1", lambda each: each.average_risk, 2)
HIGH_RISK = Column(
    "high_risk_flights", "High-risk flights", "", lambda each: each.known_high_risk_flights
)
HIGH_RISK_SHARE = Column(
    "high_risk_share_0_to_1", "High-risk share", "%", lambda each: each.high_risk_share, 1, 100
)
ANOMALIES = Column("anomalies", "Anomalies", "", lambda each: each.known_anomalies)
CRITICAL = Column(
    "critical_anomalies", "Critical anomalies", "", lambda each: each.known_critical_anomalies
)
WARNINGS = Column("warnings", "Warnings", "", lambda each: each.known_warnings)

TABLE = (
    FLIGHTS,
    ACTIVE_AIRCRAFT,
    HOURS,
    DISTANCE,
    SCORED,
    RISK,
    HIGH_RISK,
    HIGH_RISK_SHARE,
    ANOMALIES,
    CRITICAL,
)
"""What people are shown."""
ALL = (
    FLIGHTS,
    ACTIVE_AIRCRAFT,
    HOURS,
    TIMED,
    DISTANCE,
    ANALYSED,
    SCORED,
    RISK,
    HIGH_RISK,
    HIGH_RISK_SHARE,
    ANOMALIES,
    CRITICAL,
)
"""What programs get."""
