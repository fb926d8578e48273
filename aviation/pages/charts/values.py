"""What goes into a chart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """A colour with a pattern of its own, so that no chart relies on colour alone."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"
    SIX = "6"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"
    NOTHING = "nothing"
    """For what was not assessed: neither good nor bad."""


PLAIN_TONES = (Tone.ONE, Tone.TWO, Tone.THREE, Tone.FOUR, Tone.FIVE, Tone.SIX)


@dataclass(frozen=True, slots=True)
class Value:
    """One number: as it is drawn, as it is written, and where its flights are listed.

    ``number`` is None where nobody knows it; ``text`` then says so in words.
    """

    number: float | None
    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place on the axis across, such as a day: ``label`` is short, ``name`` is whole."""

    label: str
    name: str
    total: Value | None = None
    """What stands for the whole slot, with its link; the series' values may be parts of it."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values in the order of the slots."""

    name: str
    tone: Tone
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What is written around a chart. ``key`` is unique on its page and makes element ids."""

    key: str
    title: str
    unit: str
    """What the axis counts, such as "flights per day"."""
    summary: str
    """The chart in a sentence, for those who do not see it and those in a hurry."""
    empty: str
    """Said instead of an empty chart: why there is nothing, and what would change that."""
    slots: str = ""
    """What a slot is, as a column heading: "Day"."""
