"""The fleet's figures in small, for the first page of its administration."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from accounts.models import Membership
from analytics.calculations.spans import Step, spans
from analytics.reading.activity import days_by_type
from analytics.reading.risk_course import assessed_days
from analytics.reading.standing import standing
from analytics.reading.wear import wear_list
from aviation.pages.dashboards.courses import flights_chart
from aviation.pages.dashboards.overview import worn
from aviation.pages.dashboards.periods import PeriodForm
from aviation.pages.dashboards.risk import risk_chart

DAYS = 90


def at_a_glance(membership: Membership, at: datetime) -> dict[str, Any]:
    """Flights and risk by week, and the most worn aircraft, in a fixed number of queries."""
    zone = membership.organization.zone
    chosen = PeriodForm(QueryDict(f"period={DAYS}"), at=at, zone=zone).chosen()
    period = chosen.period
    weeks = spans(period.start, period.end, Step.WEEK)
    days = days_by_type(membership, period)
    wear = wear_list(at)
    return {
        "charts": [
            (
                reverse("analytics-activity"),
                flights_chart(chosen, weeks, Step.WEEK, days),
            ),
            (reverse("analytics-risk"), risk_chart(period, assessed_days(membership, period))),
        ]
        if days
        else [],
        "query": chosen.query,
        "days": DAYS,
        "aircraft": len(wear),
        "worn": worn(wear),
        "standing": standing(at),
    }
