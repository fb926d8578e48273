"""Lines over slots. Where a value is missing the line stops, and goes on after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analytics.scales import Scale, scale_for
from aviation.pages.charts import parts
from aviation.pages.charts.parts import LegendEntry, Mark, Table, Tick, percent, px
from aviation.pages.charts.values import Series, Slot, Tone, Words

HEIGHT_PX = 200


@dataclass(frozen=True, slots=True)
class Dot:
    x: str
    y: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Line:
    """``runs``: points of the unbroken parts, x in percent; ``lone``: values without neighbours."""

    tone: Tone
    runs: tuple[str, ...]
    lone: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class MarkedSlot:
    mark: Mark
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class LineChart:
    words: Words
    lines: tuple[Line, ...]
    slots: tuple[MarkedSlot, ...]
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    legend: tuple[LegendEntry, ...]
    table: Table
    is_empty: bool
    has_missing: bool
    height: int = HEIGHT_PX
    template: str = "charts/_lines.html"


def line_chart(words: Words, slots: Sequence[Slot], series: Sequence[Series]) -> LineChart:
    """Raises ValueError where a series has not one value a slot."""
    parts.check_lengths(slots, series)
    known = [v.number for each in series for v in each.values if v.number is not None]
    scale = scale_for(max(known, default=0.0), HEIGHT_PX)
    return LineChart(
        words=words,
        lines=tuple(line_of(each, scale) for each in series),
        slots=tuple(_marked(slots, series, scale)),
        y_ticks=parts.y_ticks(scale),
        x_ticks=parts.x_ticks(slots),
        legend=parts.legend(series),
        table=parts.table(words.slots, slots, series),
        is_empty=not known,
        has_missing=any(v.number is None for each in series for v in each.values),
    )


def line_of(series: Series, scale: Scale, down_px: float = 0.0) -> Line:
    """The geometry of one series, ``down_px`` below where the scale would have it."""
    count = len(series.values)
    runs = list(_runs(series))
    return Line(
        tone=series.tone,
        runs=tuple(_points(run, count, scale, down_px) for run in runs if len(run) > 1),
        lone=tuple(_dot(series.tone, *run[0], count, scale) for run in runs if len(run) == 1),
    )


def _runs(series: Series) -> Iterator[list[tuple[int, float]]]:
    """The unbroken parts, as (slot, number)."""
    run: list[tuple[int, float]] = []
    for index, value in enumerate(series.values):
        if value.number is not None:
            run.append((index, value.number))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _points(run: Sequence[tuple[int, float]], count: int, scale: Scale, down_px: float) -> str:
    """For a polyline in a box that is 100 wide, whatever its width on the screen."""
    return " ".join(
        f"{px(100 * parts.centre_of(index, count))},{px(down_px + scale.down(number))}"
        for index, number in run
    )


def _dot(tone: Tone, index: int, number: float, count: int, scale: Scale) -> Dot:
    return Dot(percent(parts.centre_of(index, count)), px(scale.down(number)), tone)


def _marked(slots: Sequence[Slot], series: Sequence[Series], scale: Scale) -> Iterator[MarkedSlot]:
    count = len(slots)
    for index, mark in enumerate(parts.marks(slots, series)):
        known = [(each.tone, each.values[index].number) for each in series]
        yield MarkedSlot(
            mark,
            tuple(_dot(tone, index, n, count, scale) for tone, n in known if n is not None),
        )
