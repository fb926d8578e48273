"""When summaries are due, through the changes of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics.calculations.rhythms import latest_due, next_due_at
from analytics.choices import Rhythm
from analytics.periods import Period

ZURICH, AUCKLAND = ZoneInfo("Europe/Zurich"), ZoneInfo("Pacific/Auckland")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "start", "end"),
    [
        # Monday 27 April 2026, 07:00 in Zürich is 05:00 UTC in summer.
        ("2026-04-27 04:59:59", "2026-04-13", "2026-04-20"),
        ("2026-04-27 05:00:00", "2026-04-20", "2026-04-27"),
        ("2026-05-03 23:59:59", "2026-04-20", "2026-04-27"),
        # The clock goes forward on Sunday 29 March: that week's Monday was at 06:00 UTC, the
        # next at 05:00, and the week told of has an hour less.
        ("2026-03-23 05:59:59", "2026-03-09", "2026-03-16"),
        ("2026-03-23 06:00:00", "2026-03-16", "2026-03-23"),
        ("2026-03-30 04:59:59", "2026-03-16", "2026-03-23"),
        ("2026-03-30 05:00:00", "2026-03-23", "2026-03-30"),
        # It goes back on Sunday 25 October.
        ("2026-10-26 05:59:59", "2026-10-12", "2026-10-19"),
        ("2026-10-26 06:00:00", "2026-10-19", "2026-10-26"),
        # Sunday night in UTC is Monday in Zürich, before seven.
        ("2026-04-26 22:30:00", "2026-04-13", "2026-04-20"),
        # Over a new year.
        ("2026-01-01 12:00:00", "2025-12-22", "2025-12-29"),
    ],
)
def test_week_is_due_on_monday_at_seven_local(at: str, start: str, end: str) -> None:
    expected = Period(date.fromisoformat(start), date.fromisoformat(end), ZURICH)
    assert latest_due(Rhythm.WEEKLY, utc(at), ZURICH) == expected


@pytest.mark.parametrize(
    ("at", "start", "end"),
    [
        ("2026-04-01 04:59:59", "2026-02-01", "2026-03-01"),
        ("2026-04-01 05:00:00", "2026-03-01", "2026-04-01"),
        ("2026-01-01 05:59:59", "2025-11-01", "2025-12-01"),
        ("2026-01-01 06:00:00", "2025-12-01", "2026-01-01"),
        ("2026-03-31 22:00:00", "2026-02-01", "2026-03-01"),
        ("2024-03-01 06:00:00", "2024-02-01", "2024-03-01"),
    ],
)
def test_month_is_due_on_the_first_at_seven_local(at: str, start: str, end: str) -> None:
    expected = Period(date.fromisoformat(start), date.fromisoformat(end), ZURICH)
    assert latest_due(Rhythm.MONTHLY, utc(at), ZURICH) == expected


@pytest.mark.parametrize(
    ("rhythm", "at", "due"),
    [
        (Rhythm.WEEKLY, "2026-03-23 06:00:00", "2026-03-30 05:00:00"),
        (Rhythm.WEEKLY, "2026-03-23 05:59:59", "2026-03-23 06:00:00"),
        (Rhythm.WEEKLY, "2026-10-25 12:00:00", "2026-10-26 06:00:00"),
        (Rhythm.MONTHLY, "2026-01-31 12:00:00", "2026-02-01 06:00:00"),
        (Rhythm.MONTHLY, "2026-12-01 06:00:00", "2027-01-01 06:00:00"),
    ],
)
def test_next_one_is_told(rhythm: Rhythm, at: str, due: str) -> None:
    assert next_due_at(rhythm, utc(at), ZURICH) == utc(due)


def test_other_side_of_the_world_is_ahead() -> None:
    """07:00 of Monday 27 April in Auckland (UTC+12) is 19:00 of Sunday in UTC."""
    assert latest_due(Rhythm.WEEKLY, utc("2026-04-26 19:00"), AUCKLAND).end == date(2026, 4, 27)
    assert latest_due(Rhythm.WEEKLY, utc("2026-04-26 18:59"), AUCKLAND).end == date(2026, 4, 20)


@pytest.mark.parametrize("rhythm", Rhythm.values)
@pytest.mark.parametrize("tz", [ZURICH, AUCKLAND], ids=str)
def test_every_day_of_a_year_is_told_once_and_in_order(rhythm: str, tz: ZoneInfo) -> None:
    """Asked every quarter of an hour, as the clock does."""
    at, told = utc("2026-01-01 00:00"), []
    while at < utc("2027-02-10 00:00"):
        period = latest_due(rhythm, at, tz)
        if not told or told[-1] != period:
            told.append(period)
        at += timedelta(minutes=15)
    assert [each.start for each in told[1:]] == [each.end for each in told[:-1]]
