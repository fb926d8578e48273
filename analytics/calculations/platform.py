"""Organizations' summaries added up, month by month.

A month is each organization's own, in its own time zone. An aircraft belongs to one organization,
so active aircraft add up over organizations; over months they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analytics.calculations.executive import Figures, Month, Summary, added_up
from analytics.periods import Period


def added_summaries(summaries: Iterable[Summary], months: Sequence[Period]) -> Summary:
    """The ``months`` over all organizations; of months that are not among them nothing counts."""
    listed = list(summaries)
    whole = [_month(listed, period) for period in months]
    active = sum(summary.total.active_aircraft for summary in listed)
    total = added_up([month.figures for month in whole], active_aircraft=active)
    return Summary(tuple(whole), total)


def _month(summaries: Sequence[Summary], period: Period) -> Month:
    found = [
        month.figures
        for summary in summaries
        for month in summary.months
        if month.period.start == period.start
    ]
    return Month(period, added_up(found, active_aircraft=_active(found)))


def _active(found: Iterable[Figures]) -> int:
    return sum(figures.active_aircraft for figures in found)
