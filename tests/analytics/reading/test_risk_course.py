"""How risk went, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.choices import Role
from accounts.models import Membership
from analytics.periods import Period
from analytics.reading.risk_course import (
    Assessed,
    AssessedDay,
    ComponentAnomalies,
    LevelOfDay,
    anomalies_by_component,
    assessed_days,
    levels_by_day,
)
from analytics.reading.risk_course import assessed as assessed_of
from tests.analytics.reading.build import aircraft, assessed, flew, period, refresh
from tests.api.build import make_analysis, make_finding
from tests.conftest import Cast


@pytest.fixture
def week(in_alpha: Cast) -> Period:
    wing = aircraft("WING-1", "fixed_wing")
    assessed(flew(in_alpha, "2026-05-04 07:00"), 0.1, "low")
    assessed(flew(in_alpha, "2026-05-04 09:00"), 0.7, "high", "motor/critical", "motor/warning")
    assessed(flew(in_alpha, "2026-05-04 10:00", aircraft=wing), 0.2, "medium", "battery/warning")
    assessed(flew(in_alpha, "2026-05-06 10:00"), None, "", "gps/info")
    flew(in_alpha, "2026-05-06 12:00")
    flight = assessed(flew(in_alpha, "2026-05-07 10:00"), 0.9, "critical", "motor/warning")
    old = make_analysis(flight, is_active=False, engine_version="0", risk_level="low")
    make_finding(old, component="compass")
    refresh()
    return period("2026-05-04", "2026-05-11", in_alpha)


@pytest.fixture
def viewer_of_alpha(in_alpha: Cast) -> Membership:
    return in_alpha.members[Role.READONLY]


def test_days_by_type(week: Period, viewer_of_alpha: Membership) -> None:
    assert assessed_days(viewer_of_alpha, week) == [
        AssessedDay(date(2026, 5, 4), "fixed_wing", Assessed(1, 1, Decimal("0.2"), 0)),
        AssessedDay(date(2026, 5, 4), "multirotor", Assessed(2, 2, Decimal("0.8"), 1)),
        AssessedDay(date(2026, 5, 6), "multirotor", Assessed(1, 0, Decimal(0), 0)),
        AssessedDay(date(2026, 5, 7), "multirotor", Assessed(1, 1, Decimal("0.9"), 1)),
    ]


def test_average_leaves_out_what_was_not_assessed(
    week: Period, viewer_of_alpha: Membership
) -> None:
    found = assessed_of(viewer_of_alpha, week)
    assert found == Assessed(5, 4, Decimal("1.9"), 2)
    assert found.average == Decimal("0.4750")
    assert assessed_of(viewer_of_alpha, week.previous()) == Assessed()
    assert Assessed().average is None


def test_levels_by_day_count_each_flight_once(week: Period, viewer_of_alpha: Membership) -> None:
    assert levels_by_day(viewer_of_alpha, week) == [
        LevelOfDay(date(2026, 5, 4), "high", 1),
        LevelOfDay(date(2026, 5, 4), "low", 1),
        LevelOfDay(date(2026, 5, 4), "medium", 1),
        LevelOfDay(date(2026, 5, 6), "", 2),
        LevelOfDay(date(2026, 5, 7), "critical", 1),
    ]


def test_flight_with_replaced_analyses_only_is_not_assessed(
    in_alpha: Cast, viewer_of_alpha: Membership
) -> None:
    make_analysis(flew(in_alpha, "2026-05-04 07:00"), is_active=False, risk_level="high")
    refresh()
    day = period("2026-05-04", "2026-05-05", in_alpha)
    assert levels_by_day(viewer_of_alpha, day) == [LevelOfDay(date(2026, 5, 4), "", 1)]


def test_anomalies_are_warnings_and_critical_findings_of_active_analyses(
    week: Period, viewer_of_alpha: Membership
) -> None:
    assert anomalies_by_component(viewer_of_alpha, week) == [
        ComponentAnomalies("motor", 2, 1),
        ComponentAnomalies("battery", 1, 0),
    ]
