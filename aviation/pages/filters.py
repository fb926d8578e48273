"""The search form above the list of flights."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet

from accounts.models import Membership
from aviation.fleet.models import Aircraft
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightLog, FlightSession
from aviation.mlresults.choices import RiskLevel
from aviation.mlresults.models import Finding

ORDERINGS = {
    "started_at": "started_at",
    "aircraft": "aircraft__registration",
    "duration_s": "airborne_s",
    "distance_m": "distance_m",
    "risk": "risk",
}
_DATE = forms.DateInput(attrs={"type": "date"})


class FlightFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Takes a queryset of ``reads.flights_with_risk``."""

    q = django_filters.CharFilter(
        method="search",
        label="Search",
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Aircraft, pilot, note or finding"}
        ),
    )
    aircraft = django_filters.ModelChoiceFilter(queryset=Aircraft.objects.none())
    state = django_filters.ChoiceFilter(choices=FlightState.choices)
    risk_level = django_filters.ChoiceFilter(choices=RiskLevel.choices, label="Risk")
    started_after = django_filters.DateFilter("started_at", "date__gte", widget=_DATE)
    started_before = django_filters.DateFilter("started_at", "date__lte", widget=_DATE)

    class Meta:
        model = FlightSession
        fields: list[str] = []

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["aircraft"].queryset = Aircraft.objects.visible_to(membership)

    def search(self, flights: QuerySet[FlightSession], name: str, text: str) -> Any:
        """Every word must stand somewhere in the flight's own words."""
        for word in text.split()[:10]:
            flights = flights.filter(
                Q(aircraft__registration__icontains=word)
                | Q(aircraft__name__icontains=word)
                | Q(pilot__user__full_name__icontains=word)
                | Q(notes__icontains=word)
                | Q(headline__icontains=word)
                | Q(pk__in=_with_finding(word))
                | Q(pk__in=FlightLog.objects.filter(file_name__icontains=word).values("session"))
            )
        return flights


def _with_finding(word: str) -> QuerySet[Any, Any]:
    found = Finding.objects.filter(analysis__is_active=True, title__icontains=word)
    return found.values("analysis__session")


def ordered(flights: QuerySet[FlightSession], ordering: str) -> QuerySet[FlightSession]:
    """By a column of ORDERINGS, ``-`` for descending; newest first for anything else."""
    column = ORDERINGS.get(ordering.removeprefix("-"))
    if column is None:
        return flights.order_by("-started_at", "-id")
    term = F(column)
    by = term.desc(nulls_last=True) if ordering.startswith("-") else term.asc(nulls_last=True)
    return flights.order_by(by, "-id")
