"""What the analysis of a flight found, with everything needed to check it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from aviation.flights.models import FlightSession
from aviation.mlresults.choices import FindingSeverity, QualityVerdict, RiskLevel
from aviation.mlresults.querysets import AnalysisQuerySet, FindingQuerySet


class Analysis(models.Model):
    """One run of the analysis over one flight. The newest is active; older ones are kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(FlightSession, on_delete=models.CASCADE, related_name="analyses")
    is_active = models.BooleanField(default=True)
    engine_version = models.CharField(max_length=20)
    vehicle_type = models.CharField(max_length=20)
    quality_verdict = models.CharField(max_length=20, choices=QualityVerdict)
    quality_reasons = models.JSONField(default=list)
    risk_score = models.FloatField(null=True)
    risk_level = models.CharField(max_length=20, choices=RiskLevel, blank=True)
    risk_parts = models.JSONField(default=list)
    headline = models.TextField(blank=True)
    report_sections = models.JSONField(default=list)
    passed = models.JSONField(default=list)
    not_assessed = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AnalysisQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "analyses"
        ordering = ("-created_at", "-id")
        constraints = (
            # A flight's analysis page; also makes "the active one" a single row.
            models.UniqueConstraint(
                fields=("session",), condition=Q(is_active=True), name="analysis_one_active"
            ),
            models.UniqueConstraint(
                fields=("session", "engine_version"), name="analysis_once_per_version"
            ),
            models.CheckConstraint(
                condition=Q(risk_score__isnull=True) | Q(risk_score__gte=0, risk_score__lte=1),
                name="analysis_risk_between_0_and_1",
            ),
            models.CheckConstraint(
                condition=Q(risk_level__in=("", *RiskLevel.values)), name="analysis_level_known"
            ),
        )
        indexes = (
            # The flights list filtered by risk.
            models.Index(
                F("risk_level"), F("session"), name="analysis_by_level", condition=Q(is_active=True)
            ),
            # The API's pages, newest first.
            models.Index(F("created_at").desc(), F("id").desc(), name="analysis_newest_first"),
        )

    def __str__(self) -> str:
        """Whoever lists analyses loads the flight and its aircraft with them."""
        return f"Analysis of {self.session}"


class Finding(models.Model):
    """Something the analysis found: value, limit, who published the limit, and the second."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="findings")
    position = models.PositiveSmallIntegerField(help_text="Order in the report, from 0.")
    rule_id = models.CharField(max_length=60)
    rule_version = models.PositiveSmallIntegerField()
    component = models.CharField(max_length=30)
    severity = models.CharField(max_length=20, choices=FindingSeverity)
    title = models.CharField(max_length=200)
    text = models.TextField()
    start_s = models.FloatField(help_text="Second on the log's boot clock at which it began.")
    end_s = models.FloatField()
    observed = models.FloatField(null=True)
    limit = models.FloatField(null=True)
    unit = models.CharField(max_length=20, blank=True)
    comparison = models.CharField(max_length=10, blank=True)
    source = models.CharField(max_length=300, blank=True)
    channel = models.CharField(max_length=60, blank=True)
    is_on_ground = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ("analysis", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("analysis", "position"), name="finding_position_unique"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=FindingSeverity.values), name="finding_severity_known"
            ),
            models.CheckConstraint(
                condition=Q(end_s__gte=F("start_s")), name="finding_ends_after_start"
            ),
        )
        indexes = (
            # Findings of a component across flights: maintenance and fleet views.
            models.Index(fields=("component", "severity"), name="finding_by_component"),
            models.Index(F("created_at").desc(), F("id").desc(), name="finding_newest_first"),
        )

    def __str__(self) -> str:
        return f"{self.title} at {self.start_s:.1f} s"
