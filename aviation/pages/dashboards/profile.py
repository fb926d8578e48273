"""The fleet's risk profile: a row for each aircraft type, with where its risk is going."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.calculations.risk_profile import Trend, TypeRisk
from analytics.periods import Period
from aviation.pages.charts.values import Value
from aviation.pages.dashboards.links import anomalies_link, flights_link
from aviation.pages.dashboards.wording import risk, type_name

ALL_TYPES = "All aircraft"


@dataclass(frozen=True, slots=True)
class TypeRow:
    name: str
    flights: Value
    average: Value
    high_risk: Value
    critical: Value
    trend: Trend
    sentence: str
    is_whole: bool


def type_row(period: Period, of: TypeRisk) -> TypeRow:
    """Every number leads to what was counted; a zero leads nowhere."""
    about = {"aircraft_type": of.aircraft_type} if of.aircraft_type else {}

    def value(number: int, link: str) -> Value:
        return Value(number, f"{number:,}", link if number else "")

    average_link = flights_link(period, **about, risk_level="assessed")
    return TypeRow(
        name=type_name(of.aircraft_type) if of.aircraft_type else ALL_TYPES,
        flights=value(of.flights, flights_link(period, **about)),
        average=Value(None, risk(of.average_risk), average_link if of.scored_flights else ""),
        high_risk=value(of.high_risk_flights, flights_link(period, **about, risk_level="serious")),
        critical=value(of.critical_anomalies, anomalies_link(period, severity="critical", **about)),
        trend=of.trend,
        sentence=of.sentence,
        is_whole=not of.aircraft_type,
    )
