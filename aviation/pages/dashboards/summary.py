"""The executive summary as a page: key figures, charts, and the table that CSV and PDF have too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analytics.calculations.executive import Figures, Summary
from analytics.periods import Period
from analytics.reports import columns
from analytics.reports.about import About, days_of
from analytics.reports.columns import TABLE, Column
from analytics.reports.notes import notes_on
from aviation.pages.charts.values import Value
from aviation.pages.dashboards.cards import Card
from aviation.pages.dashboards.summary_charts import MonthCharts
from aviation.pages.dashboards.summary_figures import LINKS, Links, value_of

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
KEPT_UNIT = {columns.HOURS: "h", columns.DISTANCE: "km", columns.RISK: "of 1"}


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    cells: tuple[Value, ...]
    is_whole: bool = False


def summary_page(summary: Summary, about: About, links: Links = LINKS) -> dict[str, Any]:
    """Everything the page shows of it; no query. Without ``links`` numbers lead nowhere."""
    months = [row_of(each.name, each.period, each.figures, links) for each in summary.months]
    total = row_of("Total", summary.period, summary.total, links, is_whole=True)
    return {
        "span": days_of(summary.period),
        "cards": [_card(column, summary, links) for column in KEY_FIGURES],
        "headings": [(column.label, column.unit) for column in TABLE],
        "rows": [*months, total],
        "charts": MonthCharts(summary.months, links).all(),
        "notes": notes_on(summary, about),
    }


def row_of(
    name: str, days: Period, figures: Figures, links: Links, *, is_whole: bool = False
) -> Row:
    return Row(name, tuple(value_of(each, days, figures, links) for each in TABLE), is_whole)


def _card(column: Column, summary: Summary, links: Links) -> Card:
    value = value_of(column, summary.period, summary.total, links)
    unit = "" if value.number is None else KEPT_UNIT.get(column, "")
    share = columns.HIGH_RISK_SHARE.shown(summary.total)
    of_all = f"{share} % of {columns.SCORED.shown(summary.total)} assessed"
    is_share_known = column is columns.HIGH_RISK and share != columns.UNKNOWN
    return Card(column.label, value.text, unit, of_all if is_share_known else "", value.link)
