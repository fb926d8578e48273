"""A chart of columns, a slot each, drawn as vectors. What nobody knows is hatched, never a zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.reports.pdf.sheet import Ink, Sheet
from analytics.scales import Scale, scale_for

HEAD, LABELS, AXIS = 10.0, 5.0, 9.0
"""Millimetres for the title above, the months below and the numbers to the left."""
FILLED = 0.68
MOST_LABELS = 12
HATCH_MM = 1.6


@dataclass(frozen=True, slots=True)
class Part:
    """One colour of the columns; None in ``numbers`` where nobody knows."""

    name: str
    ink: Ink
    numbers: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Parts are stacked in their order, the first at the bottom."""

    title: str
    unit: str
    labels: tuple[str, ...]
    parts: tuple[Part, ...]
    is_whole: bool = False
    """Of things that come whole: no tick between two of them."""


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float


def draw_bars(sheet: Sheet, bars: Bars, box: Box) -> None:
    _head(sheet, bars, box)
    plot = Box(box.x + AXIS, box.y + HEAD, box.width - AXIS, box.height - HEAD - LABELS)
    scale = scale_for(_highest(bars), plot.height, is_whole=bars.is_whole)
    _axis(sheet, scale, plot)
    slot = plot.width / len(bars.labels)
    for index in range(len(bars.labels)):
        left = plot.x + slot * (index + (1 - FILLED) / 2)
        _column(sheet, bars, index, scale, Box(left, plot.y, slot * FILLED, plot.height))
    _labels(sheet, bars.labels, plot)


def _highest(bars: Bars) -> float:
    return max(
        sum(part.numbers[index] or 0.0 for part in bars.parts) for index in range(len(bars.labels))
    )


def _head(sheet: Sheet, bars: Bars, box: Box) -> None:
    sheet.set_xy(box.x, box.y)
    sheet.put(box.width, 4.5, bars.title, size=9.5, bold=True)
    sheet.set_xy(box.x, box.y + 4.5)
    sheet.put(box.width * 0.6, 4, bars.unit, size=7.5, ink=Ink.MUTED)
    if len(bars.parts) > 1:
        _legend(sheet, bars.parts, box)


def _legend(sheet: Sheet, parts: Sequence[Part], box: Box) -> None:
    right = box.x + box.width
    for part in reversed(parts):
        width = sheet.get_string_width(part.name) + 1
        right -= width
        sheet.set_xy(right, box.y + 4.5)
        sheet.put(width, 4, part.name, size=7.5, ink=Ink.MUTED)
        right -= 3.2
        with sheet.inked(part.ink):
            sheet.rect(right, box.y + 5.4, 2.2, 2.2, style="F")
        right -= 2.5


def _axis(sheet: Sheet, scale: Scale, plot: Box) -> None:
    for number in scale.ticks():
        y = plot.y + scale.down(number)
        with sheet.inked(Ink.LINE, 0.15):
            sheet.line(plot.x, y, plot.x + plot.width, y)
        sheet.set_xy(plot.x - AXIS, y - 1.75)
        sheet.put(AXIS - 1.5, 3.5, scale.label(number), size=7, ink=Ink.MUTED, align="R")


def _column(sheet: Sheet, bars: Bars, index: int, scale: Scale, box: Box) -> None:
    numbers = [(part.ink, part.numbers[index]) for part in bars.parts]
    if all(number is None for _, number in numbers):
        _hatch(sheet, box)
        return
    below = 0.0
    for ink, number in numbers:
        if number:
            top, bottom = scale.down(below + number), scale.down(below)
            with sheet.inked(ink):
                sheet.rect(box.x, box.y + top, box.width, max(bottom - top, 0.3), style="F")
            below += number


def _hatch(sheet: Sheet, box: Box) -> None:
    """Slanted strokes over the whole height, as the pages hatch what is not known."""
    with sheet.inked(Ink.LINE, 0.3), sheet.rect_clip(box.x, box.y, box.width, box.height):
        y = box.y
        while y < box.y + box.height + box.width:
            sheet.line(box.x, y, box.x + box.width, y - box.width)
            y += HATCH_MM


def _labels(sheet: Sheet, labels: Sequence[str], plot: Box) -> None:
    every = -(-len(labels) // MOST_LABELS)
    slot = plot.width / len(labels)
    for index in range(0, len(labels), every):
        sheet.set_xy(plot.x + slot * index, plot.y + plot.height + 1)
        sheet.put(
            slot * every,
            3.5,
            labels[index],
            size=7,
            ink=Ink.MUTED,
            align="C" if every == 1 else "L",
        )
