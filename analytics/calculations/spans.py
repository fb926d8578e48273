"""Cutting a period into days, weeks that begin on Monday, or months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAYS_AS_DAYS, DAYS_AS_WEEKS = 31, 190
"""The longest periods that are shown day by day, and week by week."""


class Step(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` up to, and without, ``end``. At a period's edge it may be a part only."""

    start: date
    end: date
    is_whole: bool

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days


def step_for(days: int) -> Step:
    """The step that shows a period of this many days in columns one can tell apart."""
    if days <= DAYS_AS_DAYS:
        return Step.DAY
    return Step.WEEK if days <= DAYS_AS_WEEKS else Step.MONTH


def spans(start: date, end: date, step: Step) -> list[Span]:
    """The period's days, weeks or months in order; nothing overlaps, nothing is left out."""
    found = []
    day = start
    while day < end:
        first, following = _around(day, step)
        found.append(Span(day, min(following, end), first == day and following <= end))
        day = following
    return found


def _around(day: date, step: Step) -> tuple[date, date]:
    """The whole day, week or month that ``day`` lies in."""
    if step is Step.DAY:
        return day, day + timedelta(days=1)
    if step is Step.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)
