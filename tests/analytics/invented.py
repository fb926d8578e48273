"""A summary without a database: a quarter whose middle nobody assessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from analytics.calculations.executive import Figures, Month, Summary, added_up
from analytics.periods import Period
from analytics.reports.about import About

ZURICH = ZoneInfo("Europe/Zurich")
MADE_AT = datetime(2026, 4, 1, 5, 0, tzinfo=UTC)
ABOUT = About("Łódź & Söhne", "lodz", MADE_AT, MADE_AT - timedelta(minutes=7, seconds=30))
ASSESSED = Figures(
    flights=1_204,
    active_aircraft=7,
    timed_flights=1_201,
    airborne_s=Decimal("123456.5"),
    distance_m=Decimal("9876543.2"),
    analysed_flights=1_100,
    scored_flights=900,
    risk_sum=Decimal("225.045"),
    high_risk_flights=81,
    anomalies=30,
    critical_anomalies=4,
)
UNASSESSED = Figures(flights=12, active_aircraft=2, timed_flights=12, airborne_s=Decimal(3_600))


def quarter() -> Summary:
    """January assessed, February not, March without a flight."""
    listed = (
        Month(Period(date(2026, 1, 1), date(2026, 2, 1), ZURICH), ASSESSED),
        Month(Period(date(2026, 2, 1), date(2026, 3, 1), ZURICH), UNASSESSED),
        Month(Period(date(2026, 3, 1), date(2026, 4, 1), ZURICH), Figures()),
    )
    return Summary(listed, added_up([month.figures for month in listed], active_aircraft=8))
