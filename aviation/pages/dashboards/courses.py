"""Figures over the days, weeks or months of a period, as charts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Protocol, TypeVar

from analytics.calculations.spans import Span, Step
from analytics.reading.activity import DayOfType, Flown
from aviation.fleet.choices import AircraftType
from aviation.pages.charts.columns import ColumnChart, column_chart
from aviation.pages.charts.values import PLAIN_TONES, Series, Slot, Tone, Value, Words
from aviation.pages.dashboards.links import flights_link
from aviation.pages.dashboards.periods import Chosen
from aviation.pages.dashboards.wording import counted, days_name, hours, type_name

TONE_OF_TYPE: dict[str, Tone] = dict(zip(AircraftType.values, PLAIN_TONES, strict=True))
"""A type keeps its colour on every chart."""
NO_FLIGHTS = "No flight was flown in this period. Choose a longer one, or upload a log."


class OfDay(Protocol):
    @property
    def day(self) -> date: ...


Item = TypeVar("Item", bound=OfDay)


def by_span(spans: Sequence[Span], items: Iterable[Item]) -> list[list[Item]]:
    """The items of each span, in the spans' order; items outside of all are left out."""
    position = {
        span.start.toordinal() + n: i for i, span in enumerate(spans) for n in range(span.days)
    }
    found: list[list[Item]] = [[] for _ in spans]
    for item in items:
        index = position.get(item.day.toordinal())
        if index is not None:
            found[index].append(item)
    return found


def slot_of(span: Span, step: Step, total: Value | None = None) -> Slot:
    """A day, week or month on the axis; what was cut off by the period's edge names its days."""
    if step is Step.MONTH:
        label = f"{span.start:%b}" + (f" {span.start.year}" if span.start.month == 1 else "")
        name = f"{span.start:%B %Y}" if span.is_whole else days_name(span.start, span.last_day)
        return Slot(label, name, total)
    return Slot(f"{span.start.day} {span.start:%b}", days_name(span.start, span.last_day), total)


def types_of(days: Iterable[DayOfType]) -> list[str]:
    """The types that flew, in the order of the register."""
    flown = {each.aircraft_type for each in days}
    return [each for each in AircraftType.values if each in flown]


def flights_chart(
    chosen: Chosen, spans: Sequence[Span], step: Step, days: Sequence[DayOfType]
) -> ColumnChart:
    """Flights by day, week or month, stacked by aircraft type."""
    groups = by_span(spans, days)

    def total(span: Span, group: Sequence[DayOfType]) -> Value:
        flown = added(group)
        link = flights_link(span) if flown.flights else ""
        return Value(flown.flights, counted(flown.flights, "flight"), link)

    slots = [slot_of(s, step, total(s, g)) for s, g in zip(spans, groups, strict=True)]
    series = [_flights_of(kind, spans, groups) for kind in types_of(days)]
    words = Words(
        key="flights",
        title=f"Flights by {step.value}",
        unit=f"flights per {step.value}",
        summary=_flights_summary(chosen, spans, groups, step),
        empty=NO_FLIGHTS,
        slots=step.value.capitalize(),
    )
    return column_chart(words, slots, series, is_whole=True)


def _flights_of(kind: str, spans: Sequence[Span], groups: Sequence[Sequence[DayOfType]]) -> Series:
    def value(span: Span, group: Sequence[DayOfType]) -> Value:
        flights = added(each for each in group if each.aircraft_type == kind).flights
        link = flights_link(span, aircraft_type=kind) if flights else ""
        return Value(flights, f"{flights:,}", link)

    values = tuple(value(s, g) for s, g in zip(spans, groups, strict=True))
    return Series(type_name(kind), TONE_OF_TYPE[kind], values)


def hours_chart(
    chosen: Chosen, spans: Sequence[Span], step: Step, days: Sequence[DayOfType]
) -> ColumnChart:
    """Hours in the air by day, week or month; unknown where flights have no time."""
    values = [
        _hours_of(span, added(group))
        for span, group in zip(spans, by_span(spans, days), strict=True)
    ]
    slots = [slot_of(span, step, value) for span, value in zip(spans, values, strict=True)]
    words = Words(
        key="hours",
        title=f"Time in the air by {step.value}",
        unit=f"hours per {step.value}",
        summary=_hours_summary(chosen, added(days)),
        empty=NO_FLIGHTS if not days else "The time in the air of these flights is not known.",
        slots=step.value.capitalize(),
    )
    return column_chart(words, slots, [Series("Hours", Tone.ONE, tuple(values))])


def _hours_of(span: Span, flown: Flown) -> Value:
    if flown.flights and not flown.timed_flights:
        return Value(None, "time not known", flights_link(span))
    link = flights_link(span, timed="yes") if flown.timed_flights else ""
    text = f"{hours(flown.airborne_s)} in {counted(flown.timed_flights, 'flight')}"
    return Value(float(flown.airborne_s / 3_600), text, link)


def added(days: Iterable[DayOfType]) -> Flown:
    return sum((each.flown for each in days), start=Flown())


def _flights_summary(
    chosen: Chosen,
    spans: Sequence[Span],
    groups: Sequence[Sequence[DayOfType]],
    step: Step,
) -> str:
    flights = [added(group).flights for group in groups]
    most = max(flights, default=0)
    idle = flights.count(0)
    told = f"{counted(sum(flights), 'flight')} in {chosen.name}"
    if most:
        told += f"; the most, {most:,}, {_when(spans[flights.index(most)])}"
    none = (
        f" None {'on' if step is Step.DAY else 'in'} {counted(idle, step.value)}." if idle else ""
    )
    return f"{told}.{none}"


def _when(span: Span) -> str:
    return f"{'on' if span.days == 1 else 'from'} {days_name(span.start, span.last_day)}"


def _hours_summary(chosen: Chosen, flown: Flown) -> str:
    unknown = flown.flights - flown.timed_flights
    told = (
        f" The time of {counted(unknown, 'flight')} is not known and not in it." if unknown else ""
    )
    return f"{hours(flown.airborne_s)} in {chosen.name}.{told}"


def each_day(period_start: date, count: int, make: Callable[[date], Value]) -> list[Value]:
    """A value for each of ``count`` days."""
    first = period_start.toordinal()
    return [make(date.fromordinal(first + index)) for index in range(count)]
