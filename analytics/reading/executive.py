"""The executive summary of the bound organization, in three queries whatever its size."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import TruncMonth

from analytics.calculations.executive import Figures, Month, Summary, added_up, months_of
from analytics.models import DailyAnalyses, DailyAnomalies, DailyFlights
from analytics.narrowing import WHOLE_FLEET, Narrowing
from analytics.periods import Period, months, spanning

MONTHS = 12

Counted = dict[str, Any]
"""Fields of ``Figures`` with their values."""


def executive_summary(at: datetime, tz: ZoneInfo, count: int = MONTHS) -> Summary:
    """The ``count`` calendar months that end with the one ``at`` falls in."""
    return summary_of(spanning(months(count, at, tz)))


def summary_of(period: Period, narrowing: Narrowing = WHOLE_FLEET) -> Summary:
    """The period month by month, and as a whole. Days are in the period's time zone, which must
    be the organization's: the views have counted them in that one."""
    flown, active_aircraft = _flown(period, narrowing)
    counted: defaultdict[date, Counted] = defaultdict(dict, flown)
    for found in (_analysed(period, narrowing), _anomalies(period, narrowing)):
        for first, fields in found.items():
            counted[first] = counted[first] | fields
    listed = tuple(
        Month(part, Figures(**counted[part.start.replace(day=1)])) for part in months_of(period)
    )
    total = added_up([month.figures for month in listed], active_aircraft=active_aircraft)
    return Summary(listed, total)


def _flown(period: Period, narrowing: Narrowing) -> tuple[dict[date, Counted], int]:
    """By month; and the aircraft of all months together, each counted once."""
    rows = narrowing.applied(DailyFlights.objects.within(period))
    overall = _as_one(rows).values(total=Count("aircraft_id", distinct=True))
    found = _by_month(
        rows,
        flights=Sum("flights"),
        active_aircraft=Count("aircraft_id", distinct=True),
        timed_flights=Sum("timed_flights"),
        airborne_s=Sum("airborne_s"),
        distance_m=Sum("distance_m"),
        overall=Subquery(overall, output_field=IntegerField()),
    )
    counts = [fields.pop("overall") for fields in found.values()]
    return found, max(counts, default=0)


def _analysed(period: Period, narrowing: Narrowing) -> dict[date, Counted]:
    return _by_month(
        narrowing.applied(DailyAnalyses.objects.within(period)),
        analysed_flights=Sum("analysed_flights"),
        scored_flights=Sum("scored_flights"),
        risk_sum=Sum("risk_sum"),
        high_risk_flights=Sum("high_risk_flights"),
    )


def _anomalies(period: Period, narrowing: Narrowing) -> dict[date, Counted]:
    critical = Sum("anomalies", filter=Q(severity="critical"), default=0)
    return _by_month(
        narrowing.applied(DailyAnomalies.objects.within(period)),
        critical_anomalies=critical,
        anomalies=Sum("anomalies"),
    )


def _by_month(rows: QuerySet[Any], **figures: Any) -> dict[date, Counted]:
    """The figures by the first day of their month; months without rows are missing."""
    grouped = rows.order_by().values(first=TruncMonth("day")).annotate(**figures)
    return {fields.pop("first"): fields for fields in grouped}


def _as_one(rows: QuerySet[Any]) -> Any:
    """All rows in a single group."""
    return rows.order_by().annotate(one=Value(1)).values("one")
