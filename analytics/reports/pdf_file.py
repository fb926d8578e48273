"""The summary as PDF; see ``analytics.reports.pdf`` for how it is drawn."""

from __future__ import annotations

from analytics.calculations.executive import Summary
from analytics.reports.about import About

CONTENT_TYPE = "application/pdf"


def summary_pdf(summary: Summary, about: About) -> bytes:
    """The same bytes for the same arguments, whenever and wherever they are made."""
    # Loaded by the first report: most processes draw none.
    from analytics.reports.pdf.summary import drawn

    return drawn(summary, about)
