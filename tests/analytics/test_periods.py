"""Whole days, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from analytics.periods import Period, last_days, months, spanning

ZURICH, NEW_YORK = ZoneInfo("Europe/Zurich"), ZoneInfo("America/New_York")
SANTIAGO = ZoneInfo("America/Santiago")
"""Where clocks change at midnight."""


def test_day_before_follows_without_gap() -> None:
    week = Period(date(2026, 3, 9), date(2026, 3, 16), ZURICH)
    assert week.previous() == Period(date(2026, 3, 2), date(2026, 3, 9), ZURICH)
    assert week.days == week.previous().days == 7


@pytest.mark.parametrize("end", [date(2026, 3, 9), date(2026, 3, 8)])
def test_period_without_a_day_is_refused(end: date) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        Period(date(2026, 3, 9), end, ZURICH)


def test_end_is_outside() -> None:
    week = Period(date(2026, 3, 9), date(2026, 3, 16), ZURICH)
    assert date(2026, 3, 9) in week
    assert week.last_day in week
    assert date(2026, 3, 16) not in week


def test_last_days_end_with_the_local_day() -> None:
    """23:30 in London is the next day in Zurich and the same in New York."""
    at = datetime(2026, 1, 10, 23, 30, tzinfo=UTC)
    assert last_days(7, at, ZURICH) == Period(date(2026, 1, 5), date(2026, 1, 12), ZURICH)
    assert last_days(7, at, NEW_YORK) == Period(date(2026, 1, 4), date(2026, 1, 11), NEW_YORK)


def test_months_end_with_the_local_one_oldest_first() -> None:
    at = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    year = months(12, at, ZURICH)
    assert (year[0].start, year[-1].start, year[-1].end) == (
        date(2025, 2, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    )
    assert len(year) == 12
    assert spanning(year) == Period(date(2025, 2, 1), date(2026, 2, 1), ZURICH)
    assert [each.days for each in year[:3]] == [28, 31, 30]


@pytest.mark.parametrize(
    ("day", "tz", "hours"),
    [
        (date(2026, 3, 29), ZURICH, 23),
        (date(2026, 10, 25), ZURICH, 25),
        (date(2026, 3, 8), NEW_YORK, 23),
        (date(2026, 11, 1), NEW_YORK, 25),
        (date(2026, 9, 6), SANTIAGO, 23),
        (date(2026, 4, 4), SANTIAGO, 25),
        (date(2026, 6, 1), ZURICH, 24),
    ],
)
def test_day_is_as_long_as_its_clock_says(day: date, tz: ZoneInfo, hours: int) -> None:
    first, end = Period(day, date.fromordinal(day.toordinal() + 1), tz).moments
    assert (end - first).total_seconds() == hours * 3_600
