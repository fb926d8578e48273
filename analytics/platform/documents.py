"""A summary as a JSON document, and back: decimals as text, so that no digit is lost."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from analytics.calculations.executive import Figures, Month, Summary
from analytics.periods import Period

EXACT = frozenset(each.name for each in fields(Figures) if each.type == "Decimal")
Document = dict[str, Any]


def document_of(summary: Summary) -> Document:
    return {
        "time_zone": summary.period.tz.key,
        "months": [
            {
                "start": month.period.start.isoformat(),
                "end": month.period.end.isoformat(),
                "figures": _written(month.figures),
            }
            for month in summary.months
        ],
        "total": _written(summary.total),
    }


def summary_from(document: Document) -> Summary:
    """Raises KeyError or ValueError for what is no such document."""
    tz = ZoneInfo(document["time_zone"])
    months = tuple(
        Month(
            Period(date.fromisoformat(each["start"]), date.fromisoformat(each["end"]), tz),
            _read(each["figures"]),
        )
        for each in document["months"]
    )
    return Summary(months, _read(document["total"]))


def _written(figures: Figures) -> Document:
    return {name: f"{v:f}" if name in EXACT else v for name, v in asdict(figures).items()}


def _read(values: Document) -> Figures:
    exact: Any = {name: Decimal(v) if name in EXACT else v for name, v in values.items()}
    return Figures(**exact)
