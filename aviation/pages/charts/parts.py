"""What the charts have in common: ticks, legends, the places one can point at, the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.scales import Scale
from aviation.pages.charts.values import Series, Slot, Tone, Value

MOST_LABELS = 12
MOST_ON_A_PHONE = 5


def percent(share: float) -> str:
    """A coordinate across, from a share of the plot's width."""
    return f"{_short(100 * share)}%"


def px(pixels: float) -> str:
    return _short(pixels)


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on an axis; ``is_minor`` ones give way on a narrow screen."""

    at: str
    label: str
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class LegendEntry:
    name: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Mark:
    """A slot that one can point at, walk to by keyboard and follow to its flights."""

    x: str
    width: str
    centre: str
    words: str
    link: str


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    cells: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a chart as text, for everybody who reads rather than looks."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def y_ticks(scale: Scale) -> tuple[Tick, ...]:
    return tuple(Tick(px(scale.down(each)), scale.label(each)) for each in scale.ticks())


def x_ticks(slots: Sequence[Slot]) -> tuple[Tick, ...]:
    """Labels of evenly spaced slots, never so many that they touch."""
    every = _every(len(slots), MOST_LABELS)
    labelled = range(0, len(slots), every)
    major = every * _every(len(labelled), MOST_ON_A_PHONE)
    return tuple(
        Tick(percent(centre_of(index, len(slots))), slots[index].label, index % major != 0)
        for index in labelled
    )


def _every(count: int, most: int) -> int:
    return max(-(-count // most), 1)


def centre_of(index: int, count: int) -> float:
    """The middle of a slot as a share of the width."""
    return (index + 0.5) / count


def legend(series: Sequence[Series]) -> tuple[LegendEntry, ...]:
    """Nothing to explain where there is one series: the title names it."""
    return tuple(LegendEntry(each.name, each.tone) for each in series) if len(series) > 1 else ()


def marks(slots: Sequence[Slot], series: Sequence[Series]) -> tuple[Mark, ...]:
    count = len(slots)
    return tuple(
        Mark(
            x=percent(index / count),
            width=percent(1 / count),
            centre=percent(centre_of(index, count)),
            words=_words(slot, index, series),
            link=_link(slot, index, series),
        )
        for index, slot in enumerate(slots)
    )


def _words(slot: Slot, index: int, series: Sequence[Series]) -> str:
    """``4 May 2026: 5 flights (Multirotor: 3, Fixed wing: 2)``, without the parts that are zero."""
    values = [(each.name, each.values[index]) for each in series]
    if slot.total is None:
        told = values[0][1].text if len(values) == 1 else _listed(values)
        return f"{slot.name}: {told}"
    parts = [(name, value) for name, value in values if value.number != 0]
    detail = f" ({_listed(parts)})" if parts and len(series) > 1 else ""
    return f"{slot.name}: {slot.total.text}{detail}"


def _listed(values: Sequence[tuple[str, Value]]) -> str:
    return ", ".join(f"{name}: {value.text}" for name, value in values)


def _link(slot: Slot, index: int, series: Sequence[Series]) -> str:
    if slot.total is not None:
        return slot.total.link
    return next((each.values[index].link for each in series if each.values[index].link), "")


def table(heading: str, slots: Sequence[Slot], series: Sequence[Series]) -> Table:
    has_totals = len(series) > 1 and any(each.total for each in slots)
    headings = (heading, *(each.name for each in series), *(("Total",) if has_totals else ()))
    rows = tuple(
        Row(slot.name, _cells(slot, index, series, has_totals)) for index, slot in enumerate(slots)
    )
    return Table(headings, rows)


def _cells(slot: Slot, index: int, series: Sequence[Series], has_totals: bool) -> tuple[Value, ...]:
    values = tuple(each.values[index] for each in series)
    return (*values, slot.total) if has_totals and slot.total else values


def check_lengths(slots: Sequence[Slot], series: Sequence[Series]) -> None:
    """Raises ValueError where a series has not one value a slot."""
    for each in series:
        if len(each.values) != len(slots):
            raise ValueError(f"{each.name} has {len(each.values)} values for {len(slots)} slots.")
