"""The search form above the list of flights.

Half of it is for people to fill in. The other half is where the fleet's figures lead: a number on
a chart is a link to this list with the fields that make exactly that number.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import F, Q, QuerySet
from django.db.models.functions import ExtractIsoWeekDay

from accounts.models import Membership
from analytics.periods import Period
from aviation.fleet.choices import AircraftType
from aviation.fleet.models import Aircraft
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightLog, FlightSession
from aviation.mlresults.choices import FindingSeverity, RiskLevel
from aviation.mlresults.findings import Component
from aviation.mlresults.models import Finding

ORDERINGS = {
    "started_at": "started_at",
    "aircraft": "aircraft__registration",
    "duration_s": "airborne_s",
    "distance_m": "distance_m",
    "risk": "risk",
}
SERIOUS, ASSESSED, NOT_ASSESSED = "serious", "assessed", "none"
RISKS = {
    SERIOUS: Q(risk_level__in=(RiskLevel.HIGH, RiskLevel.CRITICAL)),
    ASSESSED: Q(risk__isnull=False),
    NOT_ASSESSED: Q(risk_level=""),
}
RISK_CHOICES = [
    *RiskLevel.choices,
    (SERIOUS, "High or critical"),
    (ASSESSED, "Any that was assessed"),
    (NOT_ASSESSED, "Not assessed"),
]
ANOMALY = "anomaly"
SEVERITY_CHOICES = [*FindingSeverity.choices, (ANOMALY, "Warning or critical")]
COMPONENT_CHOICES = [(each.value, each.value.replace("_", " ").capitalize()) for each in Component]
WEEKDAYS = [
    (str(number), name)
    for number, name in enumerate(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), 1
    )
]
_YES = [("yes", "Yes")]
_DAY: dict[str, Any] = {
    "widget": forms.DateInput(attrs={"type": "date"}),
    "validators": [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2999, 12, 31))],
}


class FlightFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Takes a queryset of ``reads.flights_with_risk``. Days are the organization's own."""

    q = django_filters.CharFilter(
        method="search",
        label="Search",
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Aircraft, pilot, note or finding"}
        ),
    )
    aircraft = django_filters.ModelChoiceFilter(queryset=Aircraft.objects.none())
    state = django_filters.ChoiceFilter(choices=FlightState.choices)
    risk_level = django_filters.ChoiceFilter(choices=RISK_CHOICES, method="of_risk", label="Risk")
    started_after = django_filters.DateFilter(method="from_day", label="From", **_DAY)
    started_before = django_filters.DateFilter(method="until_day", label="Until", **_DAY)
    aircraft_type = django_filters.ChoiceFilter(
        "aircraft__aircraft_type", choices=AircraftType.choices, label="Aircraft type"
    )
    counted = django_filters.ChoiceFilter(choices=_YES, method="that_count", label="Flown only")
    timed = django_filters.ChoiceFilter(choices=_YES, method="with_time", label="Time in the air")
    pilot = django_filters.UUIDFilter("pilot_id", label="Pilot")
    no_pilot = django_filters.ChoiceFilter(choices=_YES, method="without_pilot", label="No pilot")
    weekday = django_filters.ChoiceFilter(choices=WEEKDAYS, method="on_weekday", label="Weekday")
    component = django_filters.ChoiceFilter(
        choices=COMPONENT_CHOICES, method="with_findings", label="Finding about"
    )
    severity = django_filters.ChoiceFilter(
        choices=SEVERITY_CHOICES, method="with_findings", label="Severity"
    )

    class Meta:
        model = FlightSession
        fields: list[str] = []

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["aircraft"].queryset = Aircraft.objects.visible_to(membership)
        self.zone = membership.organization.zone

    @property
    def chosen(self) -> dict[str, Any]:
        """What was asked for and makes sense."""
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    def finding_count(self) -> int | None:
        """How many findings of the listed flights are meant; None where none were asked for."""
        if not {"component", "severity"} & self.chosen.keys():
            return None
        return self._findings().filter(analysis__session__in=self.qs.values("pk")).count()

    def search(self, flights: QuerySet[FlightSession], name: str, text: str) -> Any:
        """Every word must stand somewhere in the flight's own words."""
        for word in text.split()[:10]:
            flights = flights.filter(
                Q(aircraft__registration__icontains=word)
                | Q(aircraft__name__icontains=word)
                | Q(pilot__user__full_name__icontains=word)
                | Q(notes__icontains=word)
                | Q(headline__icontains=word)
                | Q(pk__in=_with_title(word))
                | Q(pk__in=FlightLog.objects.filter(file_name__icontains=word).values("session"))
            )
        return flights

    def of_risk(self, flights: QuerySet[FlightSession], name: str, risk: str) -> Any:
        return flights.filter(RISKS.get(risk, Q(risk_level=risk)))

    def from_day(self, flights: QuerySet[FlightSession], name: str, day: date) -> Any:
        return flights.filter(started_at__gte=self._day(day).moments[0])

    def until_day(self, flights: QuerySet[FlightSession], name: str, day: date) -> Any:
        return flights.filter(started_at__lt=self._day(day).moments[1])

    def that_count(self, flights: Any, name: str, _: str) -> Any:
        return flights.flown()

    def with_time(self, flights: QuerySet[FlightSession], name: str, _: str) -> Any:
        return flights.filter(airborne_s__isnull=False)

    def without_pilot(self, flights: QuerySet[FlightSession], name: str, _: str) -> Any:
        return flights.filter(pilot__isnull=True)

    def on_weekday(self, flights: QuerySet[FlightSession], name: str, number: str) -> Any:
        weekday = ExtractIsoWeekDay("started_at", tzinfo=self.zone)
        return flights.alias(weekday=weekday).filter(weekday=int(number))

    def with_findings(self, flights: QuerySet[FlightSession], name: str, _: str) -> Any:
        """Component and severity are of the same finding."""
        return flights.filter(pk__in=self._findings().values("analysis__session"))

    def _findings(self) -> QuerySet[Finding]:
        findings: QuerySet[Finding] = Finding.objects.active()
        chosen = self.chosen
        if component := chosen.get("component"):
            findings = findings.filter(component=component)
        if severity := chosen.get("severity"):
            meant = (
                (FindingSeverity.WARNING, FindingSeverity.CRITICAL)
                if severity == ANOMALY
                else (severity,)
            )
            findings = findings.filter(severity__in=meant)
        return findings

    def _day(self, day: date) -> Period:
        return Period(day, day + timedelta(days=1), self.zone)


def _with_title(word: str) -> QuerySet[Any, Any]:
    found = Finding.objects.active().filter(title__icontains=word)
    return found.values("analysis__session")


def ordered(flights: QuerySet[FlightSession], ordering: str) -> QuerySet[FlightSession]:
    """By a column of ORDERINGS, ``-`` for descending; newest first for anything else."""
    column = ORDERINGS.get(ordering.removeprefix("-"))
    if column is None:
        return flights.order_by("-started_at", "-id")
    term = F(column)
    by = term.desc(nulls_last=True) if ordering.startswith("-") else term.asc(nulls_last=True)
    return flights.order_by(by, "-id")
