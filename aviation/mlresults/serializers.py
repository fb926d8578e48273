"""Analyses and findings as the API shows them."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from aviation.mlresults.models import Analysis, Finding


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """Times are seconds on the log's boot clock."""

    flight = serializers.UUIDField(source="analysis.session_id")
    analysis = serializers.UUIDField(source="analysis_id")

    class Meta:
        model = Finding
        fields = (
            "id",
            "flight",
            "analysis",
            "position",
            "rule_id",
            "rule_version",
            "component",
            "severity",
            "title",
            "text",
            "start_s",
            "end_s",
            "observed",
            "limit",
            "unit",
            "comparison",
            "source",
            "channel",
            "is_on_ground",
            "created_at",
        )
        read_only_fields = fields


class AnalysisSerializer(serializers.ModelSerializer[Analysis]):
    flight = serializers.UUIDField(source="session_id")
    aircraft = serializers.UUIDField(source="session.aircraft_id")

    class Meta:
        model = Analysis
        fields: tuple[str, ...] = (
            "id",
            "flight",
            "aircraft",
            "is_active",
            "engine_version",
            "vehicle_type",
            "quality_verdict",
            "risk_score",
            "risk_level",
            "headline",
            "created_at",
        )
        read_only_fields = fields
        extra_kwargs: ClassVar[dict[str, dict[str, str]]] = {
            "risk_score": {"help_text": "From 0 to 1; null where no flight was assessed."},
            "risk_level": {"help_text": "Empty where no flight was assessed."},
        }

    def to_representation(self, analysis: Analysis) -> dict[str, Any]:
        """As the pages show it: a log in which nothing left the ground has no risk of a flight."""
        shown = super().to_representation(analysis)
        if not analysis.session.has_flight:
            shown |= {"risk_score": None, "risk_level": ""}
        return shown


class RiskPartSerializer(serializers.Serializer[Any]):
    rule_id = serializers.CharField()
    component = serializers.CharField()
    severity = serializers.CharField()
    is_on_ground = serializers.BooleanField()
    title = serializers.CharField()
    contribution = serializers.FloatField()


class ReportSectionSerializer(serializers.Serializer[Any]):
    heading = serializers.CharField()
    sentences = serializers.ListField(child=serializers.CharField())


class PassedSerializer(serializers.Serializer[Any]):
    rule_id = serializers.CharField()
    component = serializers.CharField()
    title = serializers.CharField()
    observed = serializers.FloatField(allow_null=True)
    limit = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    text = serializers.CharField()


class NotAssessedSerializer(serializers.Serializer[Any]):
    rule_id = serializers.CharField()
    component = serializers.CharField()
    title = serializers.CharField()
    reason = serializers.CharField()


class StoredListField(serializers.JSONField):
    """A list stored as JSON, sent as it is: older engines may have written fewer members."""


@extend_schema_field(serializers.ListField(child=serializers.CharField()))
class ReasonsField(StoredListField): ...


@extend_schema_field(RiskPartSerializer(many=True))
class RiskPartsField(StoredListField): ...


@extend_schema_field(ReportSectionSerializer(many=True))
class ReportField(StoredListField): ...


@extend_schema_field(PassedSerializer(many=True))
class PassedField(StoredListField): ...


@extend_schema_field(NotAssessedSerializer(many=True))
class NotAssessedField(StoredListField): ...


class AnalysisDetailSerializer(AnalysisSerializer):
    """One analysis with its report, its findings and what could not be assessed."""

    quality_reasons = ReasonsField()
    risk_parts = RiskPartsField()
    report_sections = ReportField()
    passed = PassedField()
    not_assessed = NotAssessedField()
    findings = FindingSerializer(many=True)

    class Meta(AnalysisSerializer.Meta):
        fields = (
            *AnalysisSerializer.Meta.fields,
            "quality_reasons",
            "risk_parts",
            "report_sections",
            "passed",
            "not_assessed",
            "findings",
        )
        read_only_fields = fields
