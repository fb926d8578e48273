"""The summary's figures on a page: written as in all outlets, and leading to what they count."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from analytics.calculations.executive import Figures
from analytics.periods import Period
from analytics.reports import columns
from analytics.reports.columns import Column
from aviation.pages.charts.values import Value
from aviation.pages.dashboards.links import anomalies_link, flights_link

Link = Callable[[Period], str]
Links = Mapping[Column, Link]
LINKS: Links = {
    columns.FLIGHTS: flights_link,
    columns.HOURS: lambda days: flights_link(days, timed="yes"),
    columns.SCORED: lambda days: flights_link(days, risk_level="assessed"),
    columns.RISK: lambda days: flights_link(days, risk_level="assessed"),
    columns.HIGH_RISK: lambda days: flights_link(days, risk_level="serious"),
    columns.ANOMALIES: anomalies_link,
    columns.CRITICAL: lambda days: anomalies_link(days, severity="critical"),
    columns.WARNINGS: lambda days: anomalies_link(days, severity="warning"),
}
"""From a figure to the flights, or findings, that it was made from."""
NO_LINKS: Links = {}


def value_of(column: Column, days: Period, figures: Figures, links: Links) -> Value:
    """A zero leads nowhere, unless it is the average of something."""
    number = column.of(figures)
    link = links.get(column)
    is_made_of_some = _made_of(column, figures) > 0
    return Value(
        None if number is None else float(number),
        column.shown(figures),
        link(days) if link is not None and number is not None and is_made_of_some else "",
    )


def _made_of(column: Column, figures: Figures) -> int:
    """How many flights or findings the figure was made from."""
    if column is columns.HOURS:
        return figures.timed_flights
    return figures.scored_flights if column is columns.RISK else int(column.of(figures) or 0)
