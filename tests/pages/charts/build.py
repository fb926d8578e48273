"""Slots and series in few words."""

from __future__ import annotations

from collections.abc import Sequence

from aviation.pages.charts.values import Series, Slot, Tone, Value, Words

WORDS = Words("flights", "Flights", "flights per day", "Two days.", "No flights.", "Day")


def slots(count: int) -> list[Slot]:
    return [Slot(f"{n}", f"Day {n}") for n in range(1, count + 1)]


def series(name: str, numbers: Sequence[float | None], tone: Tone = Tone.ONE) -> Series:
    return Series(name, tone, tuple(value(each) for each in numbers))


def value(number: float | None) -> Value:
    if number is None:
        return Value(None, "not known")
    return Value(number, f"{number:g}", f"/flights/?n={number:g}" if number else "")
