"""One number each, with its change and the way to what is behind it."""

from __future__ import annotations

from dataclasses import dataclass

from aviation.pages.charts.sparkline import Sparkline


@dataclass(frozen=True, slots=True)
class Card:
    label: str
    value: str
    unit: str = ""
    note: str = ""
    """How it changed, or what it is out of."""
    link: str = ""
    is_worrying: bool = False
    spark: Sparkline | None = None
