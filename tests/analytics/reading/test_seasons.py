"""Months over the years, and weekdays."""

from __future__ import annotations

from datetime import date

from accounts.choices import Role
from analytics.reading.seasons import Seasons, flights_by_day, seasons
from tests.analytics.reading.build import aircraft, flew, period, refresh
from tests.conftest import Cast


def test_flights_are_counted_by_month_of_each_year_and_by_weekday(in_alpha: Cast) -> None:
    flew(in_alpha, "2023-12-31 12:00")  # a Sunday
    flew(in_alpha, "2024-02-29 12:00")  # a Thursday
    flew(in_alpha, "2026-02-05 12:00")  # a Thursday
    flew(in_alpha, "2026-02-05 15:00", aircraft=aircraft("WING-1"))
    flew(in_alpha, "2026-02-09 15:00")  # a Monday
    refresh()
    found = seasons(in_alpha.members[Role.READONLY])
    assert found.by_month == {(2023, 12): 1, (2024, 2): 1, (2026, 2): 3}
    assert found.by_weekday == {7: 1, 4: 3, 1: 1}
    assert found.years == [2023, 2024, 2025, 2026]


def test_fleet_that_never_flew_has_no_seasons(in_alpha: Cast) -> None:
    assert seasons(in_alpha.members[Role.READONLY]) == Seasons({}, {})
    assert seasons(in_alpha.members[Role.READONLY]).years == []


def test_flights_by_day(in_alpha: Cast) -> None:
    flew(in_alpha, "2026-05-04 12:00")
    flew(in_alpha, "2026-05-04 15:00", aircraft=aircraft("WING-1"))
    flew(in_alpha, "2026-05-06 15:00")
    flew(in_alpha, "2026-05-11 00:00")
    refresh()
    week = period("2026-05-04", "2026-05-11", in_alpha)
    assert flights_by_day(in_alpha.members[Role.READONLY], week) == {
        date(2026, 5, 4): 2,
        date(2026, 5, 6): 1,
    }
