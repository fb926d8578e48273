"""Columns, one a slot, stacked where there are several series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analytics.scales import Scale, scale_for
from aviation.pages.charts import parts
from aviation.pages.charts.parts import LegendEntry, Mark, Table, Tick, percent, px
from aviation.pages.charts.values import Series, Slot, Tone, Words

HEIGHT_PX = 200
FILLED = 0.72
WIDEST = 0.06
"""Of the plot: a lone column is a column still, and not a wall."""
LEAST_PX = 1.5
"""The smallest number above zero is seen."""


@dataclass(frozen=True, slots=True)
class Segment:
    y: str
    height: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Column:
    x: str
    width: str
    mark: Mark
    segments: tuple[Segment, ...]
    is_missing: bool
    """Nobody knows the slot's number: it is hatched over its whole height."""


@dataclass(frozen=True, slots=True)
class ColumnChart:
    words: Words
    columns: tuple[Column, ...]
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    legend: tuple[LegendEntry, ...]
    table: Table
    is_empty: bool
    has_missing: bool
    height: int = HEIGHT_PX
    template: str = "charts/_columns.html"


def column_chart(
    words: Words, slots: Sequence[Slot], series: Sequence[Series], *, is_whole: bool = False
) -> ColumnChart:
    """Series are stacked in their order, the first at the bottom.

    ``is_whole`` for counts: no tick between two whole numbers. Raises ValueError where a series
    has not one value a slot.
    """
    parts.check_lengths(slots, series)
    scale = scale_for(_highest(len(slots), series), HEIGHT_PX, is_whole=is_whole)
    columns = tuple(_columns(slots, series, scale))
    return ColumnChart(
        words=words,
        columns=columns,
        y_ticks=parts.y_ticks(scale),
        x_ticks=parts.x_ticks(slots),
        legend=parts.legend(series),
        table=parts.table(words.slots, slots, series),
        is_empty=not any(value.number for each in series for value in each.values),
        has_missing=any(each.is_missing for each in columns),
    )


def _highest(count: int, series: Sequence[Series]) -> float:
    stacks = (sum(each.values[index].number or 0.0 for each in series) for index in range(count))
    return max(stacks, default=0.0)


def _columns(slots: Sequence[Slot], series: Sequence[Series], scale: Scale) -> Iterator[Column]:
    count = len(slots)
    width = min(FILLED / count, WIDEST) if count else 0.0
    for index, mark in enumerate(parts.marks(slots, series)):
        numbers = [(each.tone, each.values[index].number) for each in series]
        yield Column(
            x=percent(parts.centre_of(index, count) - width / 2),
            width=percent(width),
            mark=mark,
            segments=tuple(_segments(numbers, scale)),
            is_missing=all(number is None for _, number in numbers),
        )


def _segments(numbers: Sequence[tuple[Tone, float | None]], scale: Scale) -> Iterator[Segment]:
    below = 0.0
    for tone, number in numbers:
        if not number:
            continue
        top_px, bottom_px = scale.down(below + number), scale.down(below)
        height_px = max(bottom_px - top_px, LEAST_PX)
        yield Segment(y=px(bottom_px - height_px), height=px(height_px), tone=tone)
        below += number
