"""The executive summary's four charts, a slot a month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from analytics.calculations.executive import Month
from analytics.calculations.spans import Span, Step
from analytics.reports import columns
from analytics.reports.columns import Column
from aviation.pages.charts.columns import ColumnChart, column_chart
from aviation.pages.charts.lines import LineChart, line_chart
from aviation.pages.charts.values import Series, Slot, Tone, Value, Words
from aviation.pages.dashboards.courses import NO_FLIGHTS, slot_of
from aviation.pages.dashboards.summary_figures import Links, value_of
from aviation.pages.dashboards.wording import NOT_ASSESSED, counted

Text = Callable[[Value], str]


@dataclass(frozen=True, slots=True)
class MonthCharts:
    months: Sequence[Month]
    links: Links

    def all(self) -> list[ColumnChart | LineChart]:
        return [self.flights(), self.hours(), self.risk(), self.anomalies()]

    def flights(self) -> ColumnChart:
        total = sum(month.figures.flights for month in self.months)
        words = Words(
            key="summary-flights",
            title="Flights",
            unit="flights per month",
            summary=f"{counted(total, 'flight')} in {counted(len(self.months), 'month')}.",
            empty=NO_FLIGHTS,
            slots="Month",
        )
        series = self._series(columns.FLIGHTS, Tone.ONE, partial(_counted, thing="flight"))
        return column_chart(words, self._slots(), [series], is_whole=True)

    def hours(self) -> ColumnChart:
        words = Words(
            key="summary-hours",
            title="Time in the air",
            unit="hours per month",
            summary="Flights whose time in the air is not known are in no month's hours.",
            empty=NO_FLIGHTS,
            slots="Month",
        )
        series = self._series(columns.HOURS, Tone.ONE, lambda value: f"{value.text} h")
        return column_chart(words, self._slots(), [series])

    def risk(self) -> LineChart:
        words = Words(
            key="summary-risk",
            title="Average risk",
            unit="risk, from 0 to 1",
            summary="Of the flights with a risk. A gap means that no flight was assessed.",
            empty="No flight of these months has a risk: none was assessed.",
            slots="Month",
        )
        return line_chart(words, self._slots(), [self._series(columns.RISK, Tone.ONE, _plain)])

    def anomalies(self) -> ColumnChart:
        words = Words(
            key="summary-anomalies",
            title="Anomalies",
            unit="findings per month",
            summary="Warnings and critical findings. A hatched month had flights and no analysis.",
            empty="No warning and no critical finding in these months.",
            slots="Month",
        )
        parts = [
            self._series(columns.CRITICAL, Tone.CRITICAL, _plain),
            self._series(columns.WARNINGS, Tone.HIGH, _plain),
        ]
        totals = self._series(columns.ANOMALIES, Tone.ONE, partial(_counted, thing="finding"))
        slots = [
            slot_of(_span(month), Step.MONTH, total)
            for month, total in zip(self.months, totals.values, strict=True)
        ]
        return column_chart(words, slots, parts, is_whole=True)

    def _slots(self) -> list[Slot]:
        return [slot_of(_span(month), Step.MONTH) for month in self.months]

    def _series(self, column: Column, tone: Tone, text: Text) -> Series:
        values = [
            value_of(column, month.period, month.figures, self.links) for month in self.months
        ]
        return Series(
            column.label, tone, tuple(Value(each.number, text(each), each.link) for each in values)
        )


def _span(month: Month) -> Span:
    return Span(month.period.start, month.period.end, is_whole=True)


def _plain(value: Value) -> str:
    return NOT_ASSESSED if value.number is None else value.text


def _counted(value: Value, *, thing: str) -> str:
    return NOT_ASSESSED if value.number is None else counted(int(value.number), thing)
