"""What flew, worked out by hand.

day        aircraft  minutes  km
Mon 4 May  ALPHA-1   30       5      multirotor
Mon 4 May  ALPHA-1   12       5
Mon 4 May  WING-1    120      80     fixed wing
Wed 6 May  WING-1    unknown  60
Sun 10 May ALPHA-1   18       5
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from accounts.choices import Role
from accounts.models import Membership
from analytics.periods import Period
from analytics.reading.activity import (
    DayOfType,
    Flown,
    airborne_now,
    averages,
    days_by_type,
    totals,
    with_run_up,
)
from analytics.reading.spreads import Spread, spreads
from aviation.flights.choices import FlightState
from aviation.tenants.models import Organization
from tests.analytics.reading.build import aircraft, assessed, flew, period, refresh
from tests.api.build import make_analysis
from tests.conftest import Cast

NOTHING = Flown()


@pytest.fixture
def week(in_alpha: Cast) -> Period:
    wing = aircraft("WING-1", "fixed_wing")
    flew(in_alpha, "2026-05-04 07:00", airborne_s=1_800)
    flew(in_alpha, "2026-05-04 09:00", airborne_s=720)
    flew(in_alpha, "2026-05-04 10:00", aircraft=wing, airborne_s=7_200, distance_m=80_000)
    flew(in_alpha, "2026-05-06 10:00", aircraft=wing, airborne_s=None, distance_m=60_000)
    flew(in_alpha, "2026-05-10 23:30", airborne_s=1_080)
    # What counts nowhere: planned, in the air, and a log without a flight in it.
    flew(in_alpha, "2026-05-05 09:00", state=FlightState.PLANNED)
    flew(in_alpha, "2026-05-05 10:00", state=FlightState.IN_PROGRESS)
    flew(in_alpha, "2026-05-05 11:00", has_flight=False)
    refresh()
    return period("2026-05-04", "2026-05-11", in_alpha)


@pytest.fixture
def viewer_of_alpha(in_alpha: Cast) -> Membership:
    return in_alpha.members[Role.READONLY]


def test_days_are_told_by_type(week: Period, viewer_of_alpha: Membership) -> None:
    assert days_by_type(viewer_of_alpha, week) == [
        DayOfType(date(2026, 5, 4), "fixed_wing", Flown(1, Decimal(7_200), 1, Decimal(80_000))),
        DayOfType(date(2026, 5, 4), "multirotor", Flown(2, Decimal(2_520), 2, Decimal(10_000))),
        DayOfType(date(2026, 5, 6), "fixed_wing", Flown(1, Decimal(0), 0, Decimal(60_000))),
        DayOfType(date(2026, 5, 10), "multirotor", Flown(1, Decimal(1_080), 1, Decimal(5_000))),
    ]


def test_totals_add_everything_up(week: Period, viewer_of_alpha: Membership) -> None:
    # 1800 + 720 + 7200 + 1080 = 10 800 s; 5 + 5 + 80 + 60 + 5 = 155 km
    found = totals(viewer_of_alpha, week)
    assert found.flown == Flown(5, Decimal(10_800), 4, Decimal(155_000))
    assert found.aircraft == 2


def test_period_without_a_flight_is_all_zero(week: Period, viewer_of_alpha: Membership) -> None:
    assert totals(viewer_of_alpha, week.previous()).flown == NOTHING
    assert totals(viewer_of_alpha, week.previous()).aircraft == 0
    assert days_by_type(viewer_of_alpha, week.previous()) == []


def test_sums_lose_no_digit(in_alpha: Cast, viewer_of_alpha: Membership) -> None:
    for minute, seconds in enumerate((0.1, 0.2, 1e9, 0.3)):
        flew(in_alpha, f"2026-05-04 07:0{minute}", airborne_s=seconds)
    refresh()
    found = totals(viewer_of_alpha, period("2026-05-04", "2026-05-05", in_alpha))
    assert found.flown.airborne_s == Decimal("1000000000.6")


def test_averages_count_days_without_flights(week: Period, viewer_of_alpha: Membership) -> None:
    """3, 0, 1, 0, 0, 0, 1 flights, and nothing in the 29 days before."""
    found = averages(days_by_type(viewer_of_alpha, with_run_up(week)), week)
    assert [each.day.day for each in found] == [4, 5, 6, 7, 8, 9, 10]
    by_hand = ["0.4286", "0.4286", "0.5714", "0.5714", "0.5714", "0.5714", "0.7143"]  # n / 7
    assert [str(each.week.average) for each in found] == by_hand
    assert [int(each.week.total) for each in found] == [3, 3, 4, 4, 4, 4, 5]
    assert found[-1].month.average == Decimal("0.1667")  # 5 / 30
    assert found[0].week_hours.average == Decimal("0.3857")  # 2.7 h / 7
    assert found[-1].month_hours.average == Decimal("0.1000")  # 3 h / 30


def test_averages_look_back_before_the_period(in_alpha: Cast, viewer_of_alpha: Membership) -> None:
    for day in ("2026-04-05", "2026-04-28", "2026-05-03"):
        flew(in_alpha, f"{day} 12:00")
    refresh()
    one_day = period("2026-05-04", "2026-05-05", in_alpha)
    (found,) = averages(days_by_type(viewer_of_alpha, with_run_up(one_day)), one_day)
    assert (found.week.total, found.month.total) == (2, 3)  # 28 April is the seventh day back


def test_active_flights_are_those_in_progress(week: Period, viewer_of_alpha: Membership) -> None:
    assert airborne_now(viewer_of_alpha) == 1


def test_percentiles_go_straight_between_two_flights(
    week: Period, viewer_of_alpha: Membership
) -> None:
    """Of 720, 1080, 1800 and 7200 s: the 50th lies half-way from the 2nd to the 3rd, the 95th at
    0.95 x 3 = 2.85 steps: 1800 + 0.85 x 5400 = 6390, the 99th at 2.97: 1800 + 0.97 x 5400 = 7038.
    """
    assert spreads(viewer_of_alpha, week).duration_s == Spread(
        4, pytest.approx(1_440), pytest.approx(6_390), pytest.approx(7_038)
    )


def test_percentiles_of_risk_leave_out_what_was_not_assessed(
    in_alpha: Cast, viewer_of_alpha: Membership
) -> None:
    for number, risk in enumerate((0.1, 0.3, None, 0.5)):
        assessed(flew(in_alpha, f"2026-05-04 0{number}:00"), risk)
    flew(in_alpha, "2026-05-04 08:00")
    refresh()
    found = spreads(viewer_of_alpha, period("2026-05-04", "2026-05-05", in_alpha)).risk
    # 0.95 x 2 = 1.9 steps: 0.3 + 0.9 x 0.2; 0.99 x 2 = 1.98: 0.3 + 0.98 x 0.2
    assert found == Spread(3, pytest.approx(0.3), pytest.approx(0.48), pytest.approx(0.496))


def test_replaced_analysis_is_in_no_percentile(in_alpha: Cast, viewer_of_alpha: Membership) -> None:
    flight = flew(in_alpha, "2026-05-04 08:00")
    make_analysis(flight, is_active=False, engine_version="0", risk_score=0.9)
    refresh()
    day = period("2026-05-04", "2026-05-05", in_alpha)
    assert spreads(viewer_of_alpha, day).risk == Spread(0, None, None, None)
    assert spreads(viewer_of_alpha, day).duration_s.count == 1
    make_analysis(flight, risk_score=0.2)
    refresh()
    assert spreads(viewer_of_alpha, day).risk == Spread(1, 0.2, 0.2, 0.2)


def test_one_flight_is_each_percentile(in_alpha: Cast, viewer_of_alpha: Membership) -> None:
    flew(in_alpha, "2026-05-04 08:00", airborne_s=90)
    refresh()
    found = spreads(viewer_of_alpha, period("2026-05-04", "2026-05-05", in_alpha))
    assert found.duration_s == Spread(1, 90, 90, 90)


@pytest.mark.parametrize(
    ("time_zone", "started_at", "day"),
    [
        ("Europe/Zurich", "2026-05-04 22:30", 5),  # 00:30 there
        ("America/New_York", "2026-05-05 03:30", 4),  # 23:30 there
        ("Europe/Zurich", "2026-03-29 22:30", 30),  # the day the clocks went forward
        ("Europe/Zurich", "2026-10-24 22:30", 25),  # the night they went back
        ("UTC", "2026-05-04 23:59", 4),
    ],
)
def test_flight_counts_on_the_local_day_of_its_start(
    in_alpha: Cast, viewer_of_alpha: Membership, time_zone: str, started_at: str, day: int
) -> None:
    Organization.objects.filter(pk=in_alpha.organization.pk).update(time_zone=time_zone)
    flight = flew(in_alpha, started_at)
    refresh()
    zone = ZoneInfo(time_zone)
    month = flight.started_at.astimezone(zone).date().replace(day=1)
    whole = Period(month, date(month.year, month.month + 1, 1), zone)
    (found,) = days_by_type(viewer_of_alpha, whole)
    assert found.day.day == day
    only = Period(found.day, date.fromordinal(found.day.toordinal() + 1), zone)
    assert spreads(viewer_of_alpha, only).duration_s.count == 1


def test_pilot_gets_no_figures_of_others(week: Period, in_alpha: Cast) -> None:
    pilot = in_alpha.members[Role.PILOT]
    assert days_by_type(pilot, week) == []
    assert totals(pilot, week).flown == NOTHING
    assert spreads(pilot, week).duration_s.count == 0
