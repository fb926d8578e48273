"""What the platform's summary page shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from analytics.platform.reading import Line, PlatformSummary
from analytics.reports.about import About, local_time
from aviation.pages.charts.values import Value
from aviation.pages.dashboards.summary import Row, row_of, summary_page
from aviation.pages.dashboards.summary_figures import NO_LINKS

ALL_NAME, ALL_SLUG = "All organizations", "all-organizations"


def about_line(line: Line, now: datetime) -> About:
    return About(line.name, line.slug, now, line.figures_at or now)


def about_whole(found: PlatformSummary, now: datetime) -> About:
    """As old as the oldest of the figures in it."""
    return About(ALL_NAME, ALL_SLUG, now, found.oldest_at or now)


def platform_page(found: PlatformSummary, about: About) -> dict[str, Any]:
    """Organizations by name, the months of all together, and who is not among them yet."""
    shown = summary_page(found.whole, about, NO_LINKS)
    lines = [_line(line) for line in found.lines if line.summary is not None]
    return shown | {
        "organizations": [*lines, _whole(found)] if lines else [],
        "missing": [line.name for line in found.lines if line.summary is None],
        "oldest": "" if found.oldest_at is None else local_time(about.refreshed_at, _tz(found)),
        "age": about.age,
    }


def _line(line: Line) -> Row:
    assert line.summary is not None
    assert line.figures_at is not None
    row = row_of(line.name, line.summary.period, line.summary.total, NO_LINKS)
    as_of = Value(None, local_time(line.figures_at, line.summary.period.tz))
    return Row(row.name, (*row.cells, as_of))


def _whole(found: PlatformSummary) -> Row:
    row = row_of("All", found.whole.period, found.whole.total, NO_LINKS)
    return Row(row.name, (*row.cells, Value(None, "")), is_whole=True)


def _tz(found: PlatformSummary) -> Any:
    return found.whole.period.tz
