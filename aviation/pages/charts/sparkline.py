"""A line the size of a word, beside the number whose way it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.scales import Scale
from aviation.pages.charts.lines import Line, line_of
from aviation.pages.charts.values import Series, Tone, Value

HEIGHT_PX = 36
MARGIN_PX = 3


@dataclass(frozen=True, slots=True)
class Sparkline:
    line: Line
    words: str
    height: int = HEIGHT_PX


def sparkline(values: Sequence[float | None], words: str) -> Sparkline | None:
    """None where there is nothing that could rise or fall: fewer than two known values."""
    known = [each for each in values if each is not None]
    if len(known) < 2:
        return None
    scale = Scale(max(known) or 1.0, max(known) or 1.0, HEIGHT_PX - 2 * MARGIN_PX)
    series = Series("", Tone.ONE, tuple(Value(each, "") for each in values))
    return Sparkline(line_of(series, scale, MARGIN_PX), words)
