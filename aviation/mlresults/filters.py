"""How the API's lists of analyses and findings can be narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from aviation.flights.filters import MomentFilter
from aviation.mlresults.choices import FindingSeverity, QualityVerdict, RiskLevel
from aviation.mlresults.findings import Component
from aviation.mlresults.models import Analysis, Finding


class ActiveFilter(django_filters.BooleanFilter):  # type: ignore[misc]
    """Without a value only what is active: nobody gets a former engine's verdict unasked."""

    def filter(self, qs: QuerySet[Any], value: bool | None) -> QuerySet[Any]:
        found: QuerySet[Any] = super().filter(qs, value is not False)
        return found


class FlightRiskFilter(django_filters.ChoiceFilter):  # type: ignore[misc]
    """Leaves out logs without a flight: what was found on the ground is no flight's risk."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        found: QuerySet[Any] = super().filter(qs, value)
        return found.filter(session__has_flight=True) if value else found


class NarrowingFilter(django_filters.BooleanFilter):  # type: ignore[misc]
    """``true`` narrows the list by a method of its queryset; anything else leaves it whole."""

    def filter(self, qs: QuerySet[Any], value: bool | None) -> QuerySet[Any]:
        narrowed: QuerySet[Any] = getattr(qs, self.field_name)() if value else qs
        return narrowed


class AnalysisFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Other objects are named by id, so that no list of choices can show one out of sight."""

    flight = django_filters.UUIDFilter("session_id", label="Id of a flight")
    aircraft = django_filters.UUIDFilter("session__aircraft_id", label="Id of an aircraft")
    risk_level = FlightRiskFilter(choices=RiskLevel.choices)
    quality_verdict = django_filters.ChoiceFilter(choices=QualityVerdict.choices)
    started_after = MomentFilter("session__started_at", "gte", label="Flight started at or after")
    started_before = MomentFilter("session__started_at", "lt", label="Flight started before")
    is_scored = NarrowingFilter(
        "scored", label="true for those whose risk the fleet's figures count"
    )
    is_active = ActiveFilter("is_active", label="false for analyses that were replaced")

    class Meta:
        model = Analysis
        fields: list[str] = []


class FindingFilter(django_filters.FilterSet):  # type: ignore[misc]
    flight = django_filters.UUIDFilter("analysis__session_id", label="Id of a flight")
    aircraft = django_filters.UUIDFilter(
        "analysis__session__aircraft_id", label="Id of an aircraft"
    )
    severity = django_filters.ChoiceFilter(choices=FindingSeverity.choices)
    component = django_filters.ChoiceFilter(
        choices=[(component.value, component.value) for component in Component]
    )
    rule_id = django_filters.CharFilter("rule_id")
    risk_level = django_filters.ChoiceFilter("analysis__risk_level", choices=RiskLevel.choices)
    started_after = MomentFilter(
        "analysis__session__started_at", "gte", label="Flight started at or after"
    )
    started_before = MomentFilter(
        "analysis__session__started_at", "lt", label="Flight started before"
    )
    is_anomaly = NarrowingFilter("anomalies", label="true for those the fleet's figures count")
    is_active = ActiveFilter("analysis__is_active", label="false for analyses that were replaced")

    class Meta:
        model = Finding
        fields: list[str] = []
