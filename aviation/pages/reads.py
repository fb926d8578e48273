"""What the lists and the dashboard show, each in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    CharField,
    Count,
    F,
    FilteredRelation,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from accounts.models import Membership
from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightLog, FlightSession
from aviation.mlresults.models import Finding

Annotated = Any
"""A queryset with annotations, which the type checker cannot follow."""

RECENT = 8
ATTENTION_DAYS = 30


def flights_with_risk(membership: Membership) -> Annotated:
    """The flights the member may see, each with ``risk_level``, ``risk`` and ``first_finding``."""
    first = Finding.objects.filter(
        analysis__session=OuterRef("pk"),
        analysis__is_active=True,
        severity__in=("warning", "critical"),
    ).order_by("position")
    return (
        FlightSession.objects.visible_to(membership)
        .select_related("aircraft", "pilot__user")
        .annotate(
            active_analysis=FilteredRelation("analyses", condition=Q(analyses__is_active=True)),
            risk_level=Coalesce(
                F("active_analysis__risk_level"), Value(""), output_field=CharField()
            ),
            risk=F("active_analysis__risk_score"),
            headline=F("active_analysis__headline"),
            first_finding=Subquery(first.values("title")[:1]),
        )
    )


def fleet_with_figures(membership: Membership) -> Annotated:
    """The aircraft with ``flight_count``, ``airborne_s`` and ``last_flight``.

    Of flights that left the ground and have ended, as far as the member may see them.
    """
    flown = FlightSession.objects.visible_to(membership).flown().order_by()

    def figure(aggregate: Aggregate) -> Subquery:
        of_aircraft = flown.filter(aircraft=OuterRef("pk")).values("aircraft")
        return Subquery(of_aircraft.annotate(figure=aggregate).values("figure"))

    return (
        Aircraft.objects.visible_to(membership)
        .annotate(
            flight_count=Coalesce(figure(Count("pk")), 0),
            airborne_s=figure(Sum("airborne_s")),
            last_flight=figure(Max("started_at")),
        )
        .order_by("registration")
    )


def with_hours(aircraft: Iterable[Aircraft]) -> list[Aircraft]:
    """The aircraft as a list, each with ``hours`` in the air."""
    listed = list(aircraft)
    for each in listed:
        each.hours = (each.airborne_s or 0.0) / 3_600  # type: ignore[attr-defined]
    return listed


def dashboard(membership: Membership, at: datetime) -> dict[str, Any]:
    """Everything the dashboard shows at the moment ``at``."""
    flights = flights_with_risk(membership)
    worrying = flights.filter(
        risk_level__in=("medium", "high", "critical"),
        started_at__gte=at - timedelta(days=ATTENTION_DAYS),
    ).order_by("-risk", "-started_at")
    return {
        "figures": _figures(membership, at),
        "needs_attention": [
            {"flight": flight, "headline": flight.first_finding or flight.headline}
            for flight in worrying[:RECENT]
        ],
        "recent_flights": list(flights.newest_first()[:RECENT]),
        "aircraft": with_hours(fleet_with_figures(membership)[:RECENT]),
        "imports_running": FlightLog.objects.visible_to(membership).under_way().count(),
    }


def _figures(membership: Membership, at: datetime) -> list[dict[str, Any]]:
    since = at - timedelta(days=ATTENTION_DAYS)
    recent = FlightSession.objects.visible_to(membership).flown().filter(started_at__gte=since)
    totals = recent.aggregate(
        flights=Count("pk"),
        airborne_s=Sum("airborne_s"),
        distance_m=Sum("distance_m"),
        aircraft=Count("aircraft", distinct=True),
    )
    hint = f"last {ATTENTION_DAYS} days"
    return [
        {"label": "Flights", "value": totals["flights"], "unit": "", "hint": hint},
        {
            "label": "Time in the air",
            "value": f"{(totals['airborne_s'] or 0) / 3_600:.1f}",
            "unit": "h",
            "hint": hint,
        },
        {
            "label": "Distance",
            "value": f"{(totals['distance_m'] or 0) / 1_000:.1f}",
            "unit": "km",
            "hint": hint,
        },
        {"label": "Aircraft flown", "value": totals["aircraft"], "unit": "", "hint": hint},
    ]
