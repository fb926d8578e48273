"""A calendar: a column for each week, a row for each weekday, fuller where more happened.

It comes in blocks of half a year that stand side by side on a desk and below each other on a phone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from aviation.pages.charts.parts import Row, Table, Tick, percent, px
from aviation.pages.charts.values import Value, Words

ROW_PX = 18
TOP_PX = 20
"""For the names of the months."""
WEEKS_A_BLOCK = 27
LABEL_WEEKS = 3
"""What the name of a month takes up."""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SIZES = (0.0, 0.42, 0.6, 0.78, 0.94)
"""How much of its cell a day of each level fills: size tells what colour alone would not."""
LEVELS = len(SIZES) - 1


@dataclass(frozen=True, slots=True)
class Cell:
    x: str
    y: str
    width: str
    height: str
    level: int
    words: str
    link: str


@dataclass(frozen=True, slots=True)
class Block:
    """About half a year."""

    cells: tuple[Cell, ...]
    months: tuple[Tick, ...]
    weekdays: tuple[Tick, ...]
    height: int = TOP_PX + 7 * ROW_PX


@dataclass(frozen=True, slots=True)
class Step:
    """A legend's entry: a level and the numbers that reach it."""

    level: int
    size: str
    inset: str
    label: str


@dataclass(frozen=True, slots=True)
class CalendarChart:
    words: Words
    blocks: tuple[Block, ...]
    steps: tuple[Step, ...]
    table: Table
    is_empty: bool
    has_missing: bool = False
    legend: tuple[()] = ()
    template: str = "charts/_calendar.html"


def calendar_chart(words: Words, first: date, values: Sequence[Value]) -> CalendarChart:
    """``values`` are whole numbers of consecutive days from ``first``."""
    bounds = _bounds(max((int(each.number or 0) for each in values), default=0))
    days = [(first + timedelta(days=index), value) for index, value in enumerate(values)]
    return CalendarChart(
        words=words,
        blocks=tuple(_block(part, bounds) for part in _halves(days)),
        steps=tuple(_steps(bounds)),
        table=_table(days),
        is_empty=not any(each.number for each in values),
    )


def _bounds(highest: int) -> list[int]:
    """The least number of each level from 1: quarters of the highest, no two alike."""
    step = max(math.ceil(highest / LEVELS), 1)
    return [1 + index * step for index in range(LEVELS) if 1 + index * step <= max(highest, 1)]


def _level(number: float | None, bounds: Sequence[int]) -> int:
    """0 for none; the busiest days have the highest level, however few levels there are."""
    reached = sum(1 for each in bounds if number is not None and number >= each)
    return reached and reached + LEVELS - len(bounds)


def _halves(days: Sequence[tuple[date, Value]]) -> Iterator[list[tuple[date, Value]]]:
    """Cut at the begin of a week, so that no week is torn apart."""
    begun: list[tuple[date, Value]] = []
    weeks = 0
    for day, value in days:
        if begun and day.weekday() == 0:
            weeks += 1
        if weeks == WEEKS_A_BLOCK:
            yield begun
            begun, weeks = [], 0
        begun.append((day, value))
    if begun:
        yield begun


def _block(days: Sequence[tuple[date, Value]], bounds: Sequence[int]) -> Block:
    monday = days[0][0] - timedelta(days=days[0][0].weekday())
    cells = tuple(_cell(day, value, (day - monday).days // 7, bounds) for day, value in days)
    return Block(cells, tuple(_months(days, monday)), tuple(_weekdays()))


def _cell(day: date, value: Value, week: int, bounds: Sequence[int]) -> Cell:
    level = _level(value.number, bounds)
    size = SIZES[level] or SIZES[LEVELS]
    margin = (1 - size) / 2
    return Cell(
        x=percent((week + margin) / WEEKS_A_BLOCK),
        y=px(TOP_PX + ROW_PX * (day.weekday() + margin)),
        width=percent(size / WEEKS_A_BLOCK),
        height=px(ROW_PX * size),
        level=level,
        words=f"{day:%a} {day.day} {day:%B %Y}: {value.text}",
        link=value.link,
    )


def _months(days: Sequence[tuple[date, Value]], monday: date) -> Iterator[Tick]:
    """A name where a month begins, and at the left edge where there is room for one."""
    firsts = [((day - monday).days // 7, day) for day, _ in days if day.day == 1]
    if not firsts or firsts[0][0] >= LABEL_WEEKS:
        firsts.insert(0, (0, days[0][0]))
    for week, day in firsts:
        if week <= WEEKS_A_BLOCK - LABEL_WEEKS:
            yield Tick(percent(week / WEEKS_A_BLOCK), f"{day:%b}")


def _weekdays() -> Iterator[Tick]:
    for index, name in enumerate(DAYS):
        yield Tick(px(TOP_PX + ROW_PX * (index + 0.5)), name, index % 2 != 0)


def _steps(bounds: Sequence[int]) -> Iterator[Step]:
    yield _step(0, "none")
    for index, least in enumerate(bounds, 1):
        level = index + LEVELS - len(bounds)
        following = bounds[index] - 1 if index < len(bounds) else None
        if following is None:
            yield _step(level, f"{least} or more")
        else:
            yield _step(level, str(least) if following == least else f"{least} to {following}")


def _step(level: int, label: str) -> Step:
    size_px = 14 * (SIZES[level] or SIZES[LEVELS])
    return Step(level, px(size_px), px((14 - size_px) / 2), label)


def _table(days: Sequence[tuple[date, Value]]) -> Table:
    """A row for each week; days outside the period stay empty."""
    weeks: dict[date, list[Value]] = {}
    for day, value in days:
        monday = day - timedelta(days=day.weekday())
        weeks.setdefault(monday, [Value(None, "")] * 7)[day.weekday()] = value
    rows = (Row(f"{monday.day} {monday:%b %Y}", tuple(cells)) for monday, cells in weeks.items())
    return Table(("Week of", *DAYS), tuple(rows))
