"""The summary as CSV: UTF-8, ISO dates, units in the headings, a last row with the totals."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC
from io import StringIO

from analytics.calculations.executive import Figures, Summary
from analytics.periods import Period
from analytics.reports.about import About
from analytics.reports.columns import ALL

CONTENT_TYPE = "text/csv; charset=utf-8"
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet would run a text that begins so (OWASP, CSV Injection)."""
HEADINGS = (
    "organization",
    "month",
    "first_day",
    "last_day",
    "time_zone",
    *(column.name for column in ALL),
    "figures_as_of_utc",
)


def summary_csv(summary: Summary, about: About) -> bytes:
    return summaries_csv([(summary, about)])


def summaries_csv(summaries: Iterable[tuple[Summary, About]]) -> bytes:
    """Several organizations' in one file, one after the other."""
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(HEADINGS)
    for summary, about in summaries:
        writer.writerows(_rows(summary, about))
    return file.getvalue().encode()


def harmless(text: str) -> str:
    """The text, which a spreadsheet then takes for one: an apostrophe goes before a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(BEGINS_A_FORMULA) else text


def _rows(summary: Summary, about: About) -> Iterator[list[str]]:
    for month in summary.months:
        yield _row(f"{month.period.start:%Y-%m}", month.period, month.figures, about)
    yield _row("total", summary.period, summary.total, about)


def _row(name: str, period: Period, figures: Figures, about: About) -> list[str]:
    return [
        harmless(about.organization),
        name,
        period.start.isoformat(),
        period.last_day.isoformat(),
        period.tz.key,
        *(column.exact(figures) for column in ALL),
        f"{about.refreshed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    ]
