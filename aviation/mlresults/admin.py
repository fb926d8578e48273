"""Analyses and findings in the fleet admin: the product makes them, people read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.admin_site import fleet_admin
from accounts.model_admin import Counted, OrganizationInline, OrganizationModelAdmin, link
from accounts.roles import Resource
from aviation.mlresults.choices import FindingSeverity, RiskLevel
from aviation.mlresults.models import Analysis, Finding

RISK_COLOURS = {
    RiskLevel.LOW: "success",
    RiskLevel.MEDIUM: "warning",
    RiskLevel.HIGH: "danger",
    RiskLevel.CRITICAL: "danger",
    "": "default",
}
SEVERITY_COLOURS = {
    FindingSeverity.INFO: "info",
    FindingSeverity.WARNING: "warning",
    FindingSeverity.CRITICAL: "danger",
}


def measured(finding: Finding) -> str:
    """The value beside its limit: ``3.2 V, limit 3.5 V``; a dash where nothing was measured."""
    parts = [
        f"{word}{value:.4g} {finding.unit}".rstrip()
        for word, value in (("", finding.observed), ("limit ", finding.limit))
        if value is not None
    ]
    return ", ".join(parts) or "–"


def _paragraphs(sentences: Iterable[str]) -> SafeString:
    return format_html_join("", "<p>{}</p>", ((sentence,) for sentence in sentences))


class CurrentFilter(admin.SimpleListFilter):
    """Unasked, only the analyses that stand; those replaced since are kept for comparison."""

    title = "version"
    parameter_name = "version"
    path = "is_active"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("replaced", "Replaced"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": "Current"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        if self.value() == "all":
            return queryset
        return queryset.filter(**{self.path: self.value() != "replaced"})


class CurrentFindingFilter(CurrentFilter):
    path = "analysis__is_active"


class FindingInline(OrganizationInline):
    resource = Resource.ANALYSIS
    model = Finding
    fields = ("title", "severity", "start_s", "value", "source", "text")
    readonly_fields = fields
    ordering = ("position",)

    @admin.display(description="value")
    def value(self, finding: Finding) -> str:
        return measured(finding)


@admin.register(Analysis, site=fleet_admin)
class AnalysisAdmin(OrganizationModelAdmin):
    resource = Resource.ANALYSIS
    is_machine_owned = True
    place = 40
    icon = "fact_check"
    counted = (
        Counted(
            "High or critical risk",
            {"is_active": True, "risk_level__in": ["high", "critical"]},
            is_worrying=True,
        ),
    )
    list_select_related = ("session__aircraft",)
    list_display = ("session", "risk", "score", "quality_verdict", "headline")
    list_filter = (CurrentFilter, "risk_level", "quality_verdict", "created_at")
    search_fields = ("session__aircraft__registration", "session__aircraft__name", "headline")
    ordering = ("-created_at", "-id")
    fields = (
        "flight",
        ("risk_level", "score"),
        ("quality_verdict", "quality"),
        "report",
        "unassessed",
        ("vehicle_type", "engine_version", "is_active", "created_at"),
    )
    readonly_fields = tuple(
        name for row in fields for name in (row if isinstance(row, tuple) else (row,))
    )
    inlines = (FindingInline,)

    def view_on_site(self, analysis: Analysis) -> str:
        return analysis.session.get_absolute_url()

    @display(ordering="risk_score", label=RISK_COLOURS)  # type: ignore[untyped-decorator]
    def risk(self, analysis: Analysis) -> tuple[str, str]:
        return analysis.risk_level, analysis.get_risk_level_display() or "Not assessed"

    @admin.display(description="risk score", ordering="risk_score", empty_value="—")
    def score(self, analysis: Analysis) -> str | None:
        return None if analysis.risk_score is None else f"{analysis.risk_score:.2f}"

    @admin.display(description="flight")
    def flight(self, analysis: Analysis) -> SafeString:
        place = reverse("fleet_admin:flights_flightsession_change", args=(analysis.session_id,))
        return link(place, analysis.session)

    @admin.display(description="quality of the data")
    def quality(self, analysis: Analysis) -> str:
        return " ".join(analysis.quality_reasons)

    @admin.display(description="report")
    def report(self, analysis: Analysis) -> SafeString:
        sections = [
            (each.get("heading", ""), _paragraphs(each.get("sentences", ())))
            for each in analysis.report_sections
        ]
        return format_html_join("", '<p class="font-semibold mt-2">{}</p>{}', sections)

    @admin.display(description="not assessed", empty_value="—")
    def unassessed(self, analysis: Analysis) -> SafeString | None:
        checks = [f"{each['title']}: {each['reason']}" for each in analysis.not_assessed]
        return _paragraphs(checks) if checks else None


@admin.register(Finding, site=fleet_admin)
class FindingAdmin(OrganizationModelAdmin):
    """Findings across flights: which component troubles which aircraft."""

    resource = Resource.ANALYSIS
    is_machine_owned = True
    place = 45
    icon = "report"
    list_select_related = ("analysis__session__aircraft",)
    list_display = ("title", "grade", "component", "flight", "at", "value")
    list_filter = (CurrentFindingFilter, "severity", "created_at")
    search_fields = ("title", "component", "analysis__session__aircraft__registration")
    ordering = ("-created_at", "-id")
    fields = (
        ("title", "severity"),
        "flight",
        "text",
        ("at", "value", "source"),
        ("component", "channel", "rule_id", "rule_version"),
        "is_on_ground",
    )
    readonly_fields = tuple(
        name for row in fields for name in (row if isinstance(row, tuple) else (row,))
    )

    def view_on_site(self, finding: Finding) -> str:
        return finding.analysis.session.get_absolute_url()

    @display(  # type: ignore[untyped-decorator]
        description="severity", ordering="severity", label=SEVERITY_COLOURS
    )
    def grade(self, finding: Finding) -> tuple[str, str]:
        return finding.severity, finding.get_severity_display()

    @admin.display(description="flight")
    def flight(self, finding: Finding) -> str:
        return str(finding.analysis.session)

    @admin.display(description="at second", ordering="start_s")
    def at(self, finding: Finding) -> str:
        return f"{finding.start_s:.1f}"

    @admin.display(description="value")
    def value(self, finding: Finding) -> str:
        return measured(finding)
