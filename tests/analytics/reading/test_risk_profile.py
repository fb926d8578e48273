"""The risk profile from flights entered by hand; against plain SQL: test_wear_against_sql."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.calculations.risk_profile import Trend
from analytics.periods import Period, last_days
from analytics.reading.risk_profile import RiskProfile, risk_profile
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from tests.analytics.reading.build import refresh
from tests.analytics.reading.varied import UNTIL, make_flights
from tests.api.build import make_analysis, make_finding, make_flight
from tests.conftest import Cast

UTC_ZONE = ZoneInfo("UTC")
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), UTC_ZONE)


def fly(
    cast: Cast, day: int, risk: float | None, level: str = "low", *severities: str,
    aircraft: Aircraft | None = None,
) -> None:  # fmt: skip
    flight = make_flight(
        cast,
        started_at=datetime(2026, 3, day, 12, tzinfo=UTC),
        aircraft=aircraft or cast.aircraft,
    )
    analysis = make_analysis(flight, risk_score=risk, risk_level=level)
    for position, severity in enumerate(severities):
        make_finding(analysis, position, severity=severity, component="gps")


def profile(period: Period = MARCH, **only: object) -> RiskProfile:
    refresh()
    return risk_profile(period, **only)  # type: ignore[arg-type]


def test_types_are_told_apart_and_added_up(in_alpha: Cast) -> None:
    """Multirotor: days 1-5 before, 24-28 in the last 7 (24 to 30): 0.1 and 0.2 on average, +0.1."""
    wing = Aircraft.objects.create(registration="WING", aircraft_type="fixed_wing")
    for day in range(1, 6):
        fly(in_alpha, day, 0.1)
        fly(in_alpha, day + 23, 0.2)
    fly(in_alpha, 10, 0.9, "critical", "critical", "critical", "warning", "info", aircraft=wing)
    fly(in_alpha, 11, 0.6, "high", "warning", "warning", aircraft=wing)
    fly(in_alpha, 12, None, "", aircraft=wing)
    make_flight(in_alpha, aircraft=wing, started_at=datetime(2026, 3, 30, 23, 59, tzinfo=UTC))
    found = profile()
    assert [line.aircraft_type for line in found.types] == ["fixed_wing", "multirotor"]
    winged, rotor = found.types
    assert (winged.flights, winged.scored_flights, winged.high_risk_flights) == (4, 2, 2)
    assert (winged.critical_anomalies, str(winged.average_risk)) == (2, "0.7500")
    assert winged.trend is Trend.TOO_LITTLE_DATA
    assert (rotor.flights, str(rotor.average_risk), str(rotor.change)) == (10, "0.1500", "0.1000")
    assert rotor.trend is Trend.INCREASING
    # all: before (5 x 0.1 + 0.9 + 0.6) / 7 = 2.0 / 7 = 0.2857, after 0.2: -0.0857
    assert (found.whole.flights, str(found.whole.change)) == (14, "-0.0857")
    assert found.whole.trend is Trend.DECREASING


def test_period_begins_and_ends_at_local_midnight(in_alpha: Cast) -> None:
    for moment in ("02-28T23:59:59", "03-01T00:00:00", "03-30T23:59:59", "03-31T00:00:00"):
        make_flight(in_alpha, started_at=datetime.fromisoformat(f"2026-{moment}+00:00"))
    assert profile().whole.flights == 2


def test_nothing_flown_is_an_empty_profile(in_alpha: Cast) -> None:
    found = profile()
    assert found.types == ()
    assert (found.whole.flights, found.whole.average_risk) == (0, None)
    assert found.whole.trend is Trend.TOO_LITTLE_DATA


def test_one_flight_that_was_not_analysed_counts_as_a_flight(in_alpha: Cast) -> None:
    make_flight(in_alpha, started_at=datetime(2026, 3, 5, tzinfo=UTC))
    (line,) = profile().types
    assert (line.flights, line.scored_flights, line.average_risk) == (1, 0, None)


def test_other_organization_s_flights_are_not_counted(alpha: Cast, bravo: Cast) -> None:
    with tenant_context(bravo.organization):
        fly(bravo, 5, 0.9, "critical")
        assert profile().whole.flights == 1
    with tenant_context(alpha.organization):
        assert profile().whole.flights == 0
        assert risk_profile(MARCH, aircraft_id=bravo.aircraft.pk).whole.flights == 0


def test_larger_fleet_costs_the_one_query_of_a_small_one(in_alpha: Cast) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            risk_profile(last_days(30, UNTIL, UTC_ZONE))
        return len(captured)

    assert count() == 1
    make_flights(200)
    assert count() == 1
