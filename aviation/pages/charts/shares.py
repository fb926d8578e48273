"""Bars across that show shares of a whole, a row for each thing compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aviation.pages.charts.parts import LegendEntry, percent
from aviation.pages.charts.values import Tone, Value, Words


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a row's bar; its value's number is in the row's unit, not yet a share."""

    name: str
    tone: Tone
    value: Value


@dataclass(frozen=True, slots=True)
class Bar:
    """What one row compares: the parts follow each other from the left."""

    name: str
    parts: tuple[Part, ...]
    text: Value
    link: str = ""
    """Where the thing itself is described."""


@dataclass(frozen=True, slots=True)
class Piece:
    x: str
    width: str
    tone: Tone
    words: str


@dataclass(frozen=True, slots=True)
class ShareRow:
    bar: Bar
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ShareChart:
    """Written as a table whose rows carry bars: it needs no second table beside it."""

    words: Words
    rows: tuple[ShareRow, ...]
    legend: tuple[LegendEntry, ...]
    is_empty: bool
    has_missing: bool = False
    template: str = "charts/_shares.html"


def share_chart(words: Words, bars: Sequence[Bar], *, whole: float | None = None) -> ShareChart:
    """Bars as shares of ``whole``, the length of the row; without it, of the longest bar."""
    longest = max((_length(each) for each in bars), default=0.0)
    length = longest if whole is None else whole
    return ShareChart(
        words=words,
        rows=tuple(ShareRow(each, _pieces(each, length)) for each in bars),
        legend=_legend(bars),
        is_empty=longest == 0,
    )


def _length(bar: Bar) -> float:
    return sum(part.value.number or 0.0 for part in bar.parts)


def _pieces(bar: Bar, length: float) -> tuple[Piece, ...]:
    pieces = []
    begun = 0.0
    for part in bar.parts:
        number = part.value.number
        if number and length > 0:
            words = f"{part.name}: {part.value.text}"
            pieces.append(
                Piece(percent(begun / length), percent(number / length), part.tone, words)
            )
            begun += number
    return tuple(pieces)


def _legend(bars: Sequence[Bar]) -> tuple[LegendEntry, ...]:
    """The kinds of parts in their first order; a single kind needs no legend."""
    kinds = {part.name: part.tone for bar in bars for part in bar.parts}
    if len(kinds) < 2:
        return ()
    return tuple(LegendEntry(name, tone) for name, tone in kinds.items())
