"""Monday morning: what flew, what is wearing out, what is getting riskier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from accounts.models import Membership
from analytics.calculations.comparing import compared
from analytics.calculations.risk_profile import Trend
from analytics.calculations.spans import Span, spans, step_for
from analytics.periods import Period
from analytics.reading.activity import (
    DayOfType,
    Totals,
    airborne_now,
    days_by_type,
    totals,
)
from analytics.reading.risk_course import (
    AssessedDay,
    ComponentAnomalies,
    anomalies_by_component,
    assessed,
    assessed_days,
)
from analytics.reading.risk_profile import RiskProfile, risk_profile
from analytics.reading.wear import WearStanding, wear_list
from aviation.pages.charts.sparkline import Sparkline, sparkline
from aviation.pages.dashboards.activity import known_s
from aviation.pages.dashboards.cards import Card
from aviation.pages.dashboards.courses import added as flown_in
from aviation.pages.dashboards.courses import by_span, flights_chart
from aviation.pages.dashboards.links import airborne_link, anomalies_link, flights_link
from aviation.pages.dashboards.maintenance import WORRYING, WearRow, wear_row
from aviation.pages.dashboards.periods import Chosen
from aviation.pages.dashboards.profile import TypeRow, type_row
from aviation.pages.dashboards.risk import added as assessed_in
from aviation.pages.dashboards.risk import risk_cards, risk_chart
from aviation.pages.dashboards.wording import UNKNOWN, change_on, rounded

MOST_WORN = 5
COURSE = "The course over the period"


@dataclass(frozen=True, slots=True)
class _Figures:
    """What the cards are made from, read once."""

    now: Totals
    before: Totals
    days: Sequence[DayOfType]
    risks: Sequence[AssessedDay]
    anomalies: Sequence[ComponentAnomalies]
    anomalies_before: Sequence[ComponentAnomalies]
    wear: Sequence[WearStanding]


def overview_page(membership: Membership, chosen: Chosen, at: datetime) -> dict[str, Any]:
    """Everything on the page, in a fixed number of queries."""
    period = chosen.period
    step = step_for(period.days)
    cut = spans(period.start, period.end, step)
    figures = _read(membership, chosen, at)
    before = assessed(membership, chosen.other)
    return {
        "airborne": airborne_now(membership),
        "airborne_link": airborne_link(),
        "asked_at": at,
        "cards": [
            *_flown_cards(chosen, figures, cut),
            *risk_cards(chosen, assessed_in(figures.risks), before),
            _anomalies_card(chosen, figures),
            _wear_card(figures.wear),
        ],
        "flights_chart": flights_chart(chosen, cut, step, figures.days),
        "risk_chart": risk_chart(period, figures.risks),
        "worn": worn(figures.wear),
        "riskier": _riskier(chosen, risk_profile(period)),
    }


def _read(membership: Membership, chosen: Chosen, at: datetime) -> _Figures:
    return _Figures(
        now=totals(membership, chosen.period),
        before=totals(membership, chosen.other),
        days=days_by_type(membership, chosen.period),
        risks=assessed_days(membership, chosen.period),
        anomalies=anomalies_by_component(membership, chosen.period),
        anomalies_before=anomalies_by_component(membership, chosen.other),
        wear=wear_list(at),
    )


def _flown_cards(chosen: Chosen, figures: _Figures, cut: Sequence[Span]) -> list[Card]:
    now, before, other = figures.now.flown, figures.before.flown, chosen.other_name
    here, there = known_s(now), known_s(before)
    flights, airborne, distance = _sparks(cut, figures.days)
    return [
        Card(
            "Flights",
            f"{now.flights:,}",
            note=change_on(compared(now.flights, before.flights), other),
            link=_if(now.flights, chosen.period),
            spark=flights,
        ),
        Card(
            "Time in the air",
            UNKNOWN if here is None else rounded(here / 3_600, 1),
            unit="" if here is None else "h",
            note=change_on(compared(_hours(here), _hours(there)), other, 1),
            link=_if(now.timed_flights, chosen.period, timed="yes"),
            spark=airborne,
        ),
        Card(
            "Distance",
            rounded(now.distance_m / 1_000, 1),
            unit="km",
            note=change_on(compared(now.distance_m / 1_000, before.distance_m / 1_000), other, 1),
            link=_if(now.flights, chosen.period),
            spark=distance,
        ),
        Card(
            "Aircraft that flew",
            f"{figures.now.aircraft:,}",
            unit=f"of {len(figures.wear):,}",
            note=change_on(compared(figures.now.aircraft, figures.before.aircraft), other),
            link=f"{reverse('analytics-utilisation')}{_query(chosen)}",
        ),
    ]


def _hours(seconds: Decimal | None) -> Decimal | None:
    return None if seconds is None else seconds / 3_600


def _sparks(cut: Sequence[Span], days: Sequence[DayOfType]) -> list[Sparkline | None]:
    """The courses of flights, hours and kilometres; None where there is nothing to see."""
    spans_flown = [flown_in(group) for group in by_span(cut, days)]
    courses = (
        [float(each.flights) for each in spans_flown],
        [float(each.airborne_s) for each in spans_flown],
        [float(each.distance_m) for each in spans_flown],
    )
    return [sparkline(each, COURSE) if any(each) else None for each in courses]


def _anomalies_card(chosen: Chosen, figures: _Figures) -> Card:
    total, critical = _counts(figures.anomalies)
    before, _ = _counts(figures.anomalies_before)
    told = f"{critical:,} critical; " if critical else ""
    return Card(
        "Anomalies",
        f"{total:,}",
        note=told + change_on(compared(total, before), chosen.other_name),
        link=anomalies_link(chosen.period) if total else "",
        is_worrying=critical > 0,
    )


def _counts(found: Sequence[ComponentAnomalies]) -> tuple[int, int]:
    """All anomalies, and the critical ones among them."""
    critical = sum(each.critical for each in found)
    return sum(each.warnings for each in found) + critical, critical


def _wear_card(standings: Sequence[WearStanding]) -> Card:
    worrying = sum(1 for each in standings if each.wear.level in WORRYING)
    return Card(
        "Wearing out",
        f"{worrying:,}",
        unit=f"of {len(standings):,} aircraft",
        note="at level high or urgent, as of today",
        link=reverse("analytics-maintenance"),
        is_worrying=worrying > 0,
    )


def worn(standings: Sequence[WearStanding]) -> list[WearRow]:
    """The most worn ones that have a point."""
    return [wear_row(each) for each in standings[:MOST_WORN] if each.wear.score]


def _riskier(chosen: Chosen, profile: RiskProfile) -> list[TypeRow]:
    """Rising types first."""
    rising = sorted(profile.types, key=lambda each: each.trend is not Trend.INCREASING)
    return [type_row(chosen.period, each) for each in rising]


def _if(number: int, period: Period, **fields: object) -> str:
    return flights_link(period, **fields) if number else ""


def _query(chosen: Chosen) -> str:
    return f"?{chosen.query}" if chosen.query else ""
