"""Version 2 of the wear score, from what the database holds of an aircraft's flights."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.reading.wear import wear_of
from analytics.reading.wear_drift import drift_of, flown_flights
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from aviation.tenants.services import set_time_zone
from tests.api.build import make_analysis, make_finding, make_flight
from tests.conftest import Cast

AT = datetime(2026, 3, 30, 12, tzinfo=UTC)


def passed(rule_id: str, observed: float | None, limit: float | None = 10.0) -> dict[str, Any]:
    return {
        "rule_id": rule_id,
        "component": "battery",
        "title": "A check",
        "observed": observed,
        "limit": limit,
        "unit": "%",
        "source": "Somebody's manual",
        "text": "It passed.",
    }


def flown(cast: Cast, days_ago: float = 1, *checks: dict[str, Any], **values: Any) -> Any:
    flight_values = {"airborne_s": 3_600.0, "started_at": AT - timedelta(days=days_ago)}
    risk = values.pop("risk", 0.5)
    flight = make_flight(cast, **flight_values | values)
    return make_analysis(flight, risk_score=risk, passed=list(checks))


def test_flight_s_checks_findings_and_risk_are_read(in_alpha: Cast) -> None:
    """Sag 4 of 10 passed: 0.4. Spread 60 of 50 a warning: 1.2, beside a milder passed check of the
    same rule. Motor speed 20 below 25: 25 / 20. Rules that tell of no wear are left out."""
    analysis = flown(
        in_alpha,
        2,
        passed("battery.sag", 4.0),
        passed("motors.spread", 5.0),
        passed("battery.remaining", 5.0),
        passed("vibration.hover", None),
        risk=0.25,
        airborne_s=1_800.0,
    )
    make_finding(analysis, 0, component="motor", rule_id="motors.spread", observed=60.0, limit=50.0)
    make_finding(analysis, 1, component="motor", rule_id="motors.speed", observed=20.0, limit=25.0)
    make_finding(analysis, 2, component="gps", rule_id="gps.fix", severity="critical")
    make_finding(analysis, 3, component="battery", severity="info", rule_id="battery.cell")
    (flight,) = flown_flights(in_alpha.aircraft.pk, AT)
    assert (flight.day, flight.hours, flight.risk) == (date(2026, 3, 28), 0.5, 0.25)
    assert flight.finding_points == 8.0
    assert flight.closeness == pytest.approx(
        {"battery.sag": 0.4, "motors.spread": 1.2, "motors.speed": 1.25}
    )


def test_flights_that_do_not_count_are_left_out(in_alpha: Cast) -> None:
    flown(in_alpha, 1)
    flown(in_alpha, 1, has_flight=False)
    flown(in_alpha, 1, state="in_progress")
    flown(in_alpha, -1)
    flown(in_alpha, 181)
    flown(in_alpha, 1, aircraft=Aircraft.objects.create(registration="OTHER"))
    make_flight(in_alpha, started_at=AT - timedelta(days=2))  # never analysed, but flown
    flights = flown_flights(in_alpha.aircraft.pk, AT)
    assert [(each.hours, each.risk) for each in flights] == [(0.0, None), (1.0, 0.5)]


def test_replaced_analyses_say_nothing(in_alpha: Cast) -> None:
    analysis = flown(in_alpha, 1, passed("battery.sag", 2.0), risk=0.1)
    old = make_analysis(
        analysis.session,
        is_active=False,
        engine_version="0",
        risk_score=0.9,
        passed=[passed("battery.sag", 9.0)],
    )
    make_finding(old, component="motor", severity="critical")
    (flight,) = flown_flights(in_alpha.aircraft.pk, AT)
    assert (flight.risk, flight.finding_points, flight.closeness) == (
        0.1,
        0.0,
        {"battery.sag": 0.2},
    )


def test_days_are_the_organization_s_own(alpha: Cast) -> None:
    set_time_zone(slug=alpha.organization.slug, time_zone="Pacific/Auckland")
    with tenant_context(alpha.organization):
        flown(alpha, 1)
        assert flown_flights(alpha.aircraft.pk, AT)[0].day == date(2026, 3, 30)


def test_score_tells_drift_and_maintenance(in_alpha: Cast) -> None:
    """Six flights of an hour, sag 5.0 to 6.0 of 10: now 0.56, +0.02 an hour, 3 hours in 14 days:
    0.62, 9.6 points; risk 0.5 x 10; overdue 20: 34.6."""
    for number in range(6):
        flown(in_alpha, 6 - number, passed("battery.sag", 5.0 + 0.2 * number))
    Aircraft.objects.filter(pk=in_alpha.aircraft.pk).update(next_maintenance_on=date(2026, 3, 1))
    standing = wear_of(in_alpha.aircraft.pk, AT)
    assert standing is not None
    wear = drift_of(standing, AT)
    assert (str(wear.score), wear.level) == ("34.6", "high")
    assert wear.worst is not None
    assert (wear.worst.rule_id, round(wear.worst.ahead, 6)) == ("battery.sag", 0.62)


def test_other_organization_s_flights_are_not_read(alpha: Cast, bravo: Cast) -> None:
    with tenant_context(bravo.organization):
        flown(bravo, 1)
    with tenant_context(alpha.organization):
        assert flown_flights(bravo.aircraft.pk, AT) == []


def test_many_flights_cost_the_queries_of_one(in_alpha: Cast) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            flown_flights(in_alpha.aircraft.pk, AT)
        return len(captured)

    few = count()
    for number in range(30):
        make_finding(flown(in_alpha, number, passed("battery.sag", 5.0)))
    assert count() == few == 1
