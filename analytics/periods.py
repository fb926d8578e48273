"""Spans of whole days in an organization's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """The local days from ``start`` up to, and without, ``end``."""

    start: date
    end: date
    tz: ZoneInfo

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("A period has at least one day.")

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return self.end - timedelta(days=1)

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The first moment of ``start`` and that of ``end``, in UTC.

        Where the clock skips midnight, the day begins when the skipped hour would have.
        """
        return _midnight(self.start, self.tz), _midnight(self.end, self.tz)

    def previous(self) -> Period:
        """As many days, directly before."""
        return Period(self.start - timedelta(days=self.days), self.start, self.tz)


def last_days(count: int, at: datetime, tz: ZoneInfo) -> Period:
    """The ``count`` days that end with the one ``at`` falls on."""
    tomorrow = _day_of(at, tz) + timedelta(days=1)
    return Period(tomorrow - timedelta(days=count), tomorrow, tz)


def months(count: int, at: datetime, tz: ZoneInfo) -> tuple[Period, ...]:
    """The ``count`` calendar months that end with the one ``at`` falls in, oldest first."""
    day = _day_of(at, tz)
    current = day.year * 12 + day.month - 1
    starts = [_first_of(number) for number in range(current - count + 1, current + 2)]
    return tuple(Period(start, end, tz) for start, end in pairwise(starts))


def spanning(periods: tuple[Period, ...]) -> Period:
    """From the first one's start to the last one's end."""
    return Period(periods[0].start, periods[-1].end, periods[0].tz)


def _day_of(at: datetime, tz: ZoneInfo) -> date:
    return at.astimezone(tz).date()


def _first_of(month: int) -> date:
    """The first day of a month counted from the year 0."""
    return date(month // 12, month % 12 + 1, 1)


def _midnight(day: date, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tz).astimezone(UTC)
