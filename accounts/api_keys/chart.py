"""Bars of a key's requests a day, placed on the server: no script draws them."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.api_keys.reads import Day

WIDTH, HEIGHT, GAP = 600, 120, 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One day's rectangle in a drawing of WIDTH by HEIGHT."""

    x: float
    y: float
    width: float
    height: float
    label: str


def bars_of(days: list[Day]) -> list[Bar]:
    """A day with any request at all has a bar one can see."""
    step = WIDTH / max(1, len(days))
    return [_bar(index, step, day) for index, day in enumerate(days)]


def _bar(index: int, step: float, day: Day) -> Bar:
    height = max(2.0, HEIGHT * day.percent / 100) if day.requests else 0.0
    label = f"{day.day:%d %b}: {day.requests:,}"
    return Bar(round(index * step, 1), HEIGHT - height, round(step - GAP, 1), height, label)
