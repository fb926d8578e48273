"""When a summary is due by mail, and which days it tells of.

Weekly: on Monday, of the seven days before. Monthly: on the first, of the month before. Always at
07:00 on the organization's own clock, summer and winter alike.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from analytics.choices import Rhythm
from analytics.periods import Period

SENT_AT = time(7)
ONE_DAY = timedelta(days=1)


def latest_due(rhythm: str, at: datetime, tz: ZoneInfo) -> Period:
    """The newest days whose summary is due by the moment ``at``."""
    day = _begin(rhythm, at.astimezone(tz).date())
    if due_at(day, tz) > at:
        day = _begin(rhythm, day - ONE_DAY)
    return Period(_begin(rhythm, day - ONE_DAY), day, tz)


def next_due_at(rhythm: str, at: datetime, tz: ZoneInfo) -> datetime:
    """When the first summary after ``at`` is due, in UTC."""
    return due_at(_following(rhythm, latest_due(rhythm, at, tz).end), tz)


def due_at(day: date, tz: ZoneInfo) -> datetime:
    """The moment of that day at which mail goes out, in UTC."""
    return datetime.combine(day, SENT_AT, tz).astimezone(UTC)


def _begin(rhythm: str, day: date) -> date:
    """The Monday, or the first of the month, on or before ``day``."""
    if rhythm == Rhythm.WEEKLY:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1)


def _following(rhythm: str, begin: date) -> date:
    """The begin after that one: 32 days from a first of the month always reach the next month."""
    return _begin(rhythm, begin + timedelta(days=7 if rhythm == Rhythm.WEEKLY else 32))
