"""The executive summary as a page: key figures, charts, and the table that CSV and PDF have too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analytics.calculations.executive import Figures, Month, Summary
from analytics.calculations.spans import Span, Step
from analytics.periods import Period
from analytics.reports import columns
from analytics.reports.about import About, days_of
from analytics.reports.columns import TABLE, Column
from analytics.reports.notes import notes_on
from aviation.pages.charts.columns import ColumnChart, column_chart
from aviation.pages.charts.lines import LineChart, line_chart
from aviation.pages.charts.values import Series, Slot, Tone, Value, Words
from aviation.pages.dashboards.cards import Card
from aviation.pages.dashboards.courses import NO_FLIGHTS, slot_of
from aviation.pages.dashboards.links import anomalies_link, flights_link
from aviation.pages.dashboards.wording import NOT_ASSESSED, counted

KEY_FIGURES = (
    columns.FLIGHTS,
    columns.ACTIVE_AIRCRAFT,
    columns.HOURS,
    columns.DISTANCE,
    columns.RISK,
    columns.HIGH_RISK,
    columns.ANOMALIES,
    columns.CRITICAL,
)
LINKS: dict[Column, Callable[[Period], str]] = {
    columns.FLIGHTS: flights_link,
    columns.HOURS: lambda days: flights_link(days, timed="yes"),
    columns.SCORED: lambda days: flights_link(days, risk_level="assessed"),
    columns.RISK: lambda days: flights_link(days, risk_level="assessed"),
    columns.HIGH_RISK: lambda days: flights_link(days, risk_level="serious"),
    columns.ANOMALIES: anomalies_link,
    columns.CRITICAL: lambda days: anomalies_link(days, severity="critical"),
}
"""From a figure to the flights, or findings, that it was made from."""
KEPT_UNIT = {columns.HOURS: "h", columns.DISTANCE: "km", columns.RISK: "of 1"}


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    cells: tuple[Value, ...]
    is_whole: bool = False


def summary_page(summary: Summary, about: About) -> dict[str, Any]:
    """Everything the page shows of it; no query."""
    return {
        "span": days_of(summary.period),
        "cards": [_card(column, summary) for column in KEY_FIGURES],
        "headings": [(column.label, column.unit) for column in TABLE],
        "rows": [*(_row(each.name, each.period, each.figures) for each in summary.months),
                 _row("Total", summary.period, summary.total, is_whole=True)],
        "charts": [
            _flights_chart(summary.months),
            _hours_chart(summary.months),
            _risk_chart(summary.months),
            _anomalies_chart(summary.months),
        ],
        "notes": notes_on(summary, about),
    }  # fmt: skip


def _card(column: Column, summary: Summary) -> Card:
    value = value_of(column, summary.period, summary.total)
    is_known = column.of(summary.total) is not None
    unit = KEPT_UNIT.get(column, "") if is_known else ""
    note = ""
    if column is columns.HIGH_RISK and summary.total.high_risk_share is not None:
        share = columns.HIGH_RISK_SHARE.shown(summary.total)
        note = f"{share} % of {columns.SCORED.shown(summary.total)} assessed"
    return Card(column.label, value.text, unit, note, value.link)


def _row(name: str, days: Period, figures: Figures, *, is_whole: bool = False) -> Row:
    return Row(name, tuple(value_of(column, days, figures) for column in TABLE), is_whole)


def value_of(column: Column, days: Period, figures: Figures) -> Value:
    """The figure as all outlets show it, leading to what it was made from; a zero leads nowhere."""
    number = column.of(figures)
    link = LINKS.get(column)
    is_empty = column is columns.HOURS and not figures.timed_flights
    leads = number is not None and link is not None and (number or column is columns.RISK)
    return Value(
        None if number is None else float(number),
        column.shown(figures),
        link(days) if link is not None and leads and not is_empty else "",
    )


def _slots(months: Sequence[Month]) -> list[Slot]:
    return [slot_of(_span(month), Step.MONTH) for month in months]


def _span(month: Month) -> Span:
    return Span(month.period.start, month.period.end, is_whole=True)


def _series(
    months: Sequence[Month], column: Column, tone: Tone, text: Callable[[Value], str]
) -> Series:
    values = [value_of(column, month.period, month.figures) for month in months]
    return Series(column.label, tone, tuple(Value(v.number, text(v), v.link) for v in values))


def _flights_chart(months: Sequence[Month]) -> ColumnChart:
    total = sum(month.figures.flights for month in months)
    words = Words(
        key="summary-flights",
        title="Flights",
        unit="flights per month",
        summary=f"{counted(total, 'flight')} in {counted(len(months), 'month')}.",
        empty=NO_FLIGHTS,
        slots="Month",
    )
    series = _series(
        months, columns.FLIGHTS, Tone.ONE, lambda value: counted(int(value.number or 0), "flight")
    )
    return column_chart(words, _slots(months), [series], is_whole=True)


def _hours_chart(months: Sequence[Month]) -> ColumnChart:
    words = Words(
        key="summary-hours",
        title="Time in the air",
        unit="hours per month",
        summary="Flights whose time in the air is not known are in no month's hours.",
        empty=NO_FLIGHTS,
        slots="Month",
    )
    series = _series(months, columns.HOURS, Tone.ONE, lambda value: f"{value.text} h")
    return column_chart(words, _slots(months), [series])


def _risk_chart(months: Sequence[Month]) -> LineChart:
    words = Words(
        key="summary-risk",
        title="Average risk",
        unit="risk, from 0 to 1",
        summary="Of the flights with a risk. A gap means that no flight was assessed.",
        empty="No flight of these months has a risk: none was assessed.",
        slots="Month",
    )
    series = _series(
        months,
        columns.RISK,
        Tone.ONE,
        lambda value: NOT_ASSESSED if value.number is None else value.text,
    )
    return line_chart(words, _slots(months), [series])


def _anomalies_chart(months: Sequence[Month]) -> ColumnChart:
    words = Words(
        key="summary-anomalies",
        title="Anomalies",
        unit="findings per month",
        summary="Warnings and critical findings. A hatched month had flights and no analysis.",
        empty="No warning and no critical finding in these months.",
        slots="Month",
    )
    critical = _series(
        months,
        columns.CRITICAL,
        Tone.CRITICAL,
        lambda value: NOT_ASSESSED if value.number is None else value.text,
    )
    warnings = Series("Warnings", Tone.HIGH, tuple(_warnings(month) for month in months))
    slots = [slot_of(_span(month), Step.MONTH, _found(month)) for month in months]
    return column_chart(words, slots, [critical, warnings], is_whole=True)


def _found(month: Month) -> Value:
    value = value_of(columns.ANOMALIES, month.period, month.figures)
    if value.number is None:
        return Value(None, NOT_ASSESSED)
    return Value(value.number, counted(int(value.number), "finding"), value.link)


def _warnings(month: Month) -> Value:
    figures = month.figures
    if figures.known_anomalies is None:
        return Value(None, NOT_ASSESSED)
    count = figures.anomalies - figures.critical_anomalies
    link = anomalies_link(month.period, severity="warning") if count else ""
    return Value(count, columns.shown(Decimal(count), 0), link)
