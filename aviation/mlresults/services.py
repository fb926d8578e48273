"""Storing what the analysis of a flight found."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db import transaction

from aviation.flights.models import FlightSession
from aviation.mlresults import findings as outcomes
from aviation.mlresults.assess import Assessment, assess
from aviation.mlresults.models import Analysis, Finding
from aviation.mlresults.signals import assessment_stored
from aviation.telemetry.phases import FlightPhases
from aviation.telemetry.record import FlightRecord
from aviation.telemetry.vehicle_types import vehicle_type_of


def analyse_flight(
    *, session: FlightSession, record: FlightRecord, phases: FlightPhases
) -> list[dict[str, Any]]:
    """Assess a freshly read flight, store the result and answer the charts' marks."""
    assessment = assess(record, phases=phases, vehicle_type=vehicle_type_of(session, record))
    analysis = store_assessment(session=session, assessment=assessment)
    return [_mark(finding) for finding in analysis.findings.all()]


@transaction.atomic
def store_assessment(*, session: FlightSession, assessment: Assessment) -> Analysis:
    """Make the assessment the flight's active analysis; the same engine's former one goes."""
    # One transaction at a time per flight: two workers can't both become the active one.
    FlightSession.objects.select_for_update(of=("self",), no_key=True).get(pk=session.pk)
    former = Analysis.objects.filter(session=session)
    former.filter(engine_version=assessment.engine_version).delete()
    former.filter(is_active=True).update(is_active=False)
    analysis = analysis_of(session, assessment)
    analysis.save(force_insert=True)
    Finding.objects.bulk_create(findings_of(analysis, assessment))
    assessment_stored.send(sender=Analysis, analysis=analysis)
    return analysis


def analysis_of(session: FlightSession, assessment: Assessment) -> Analysis:
    """The row of an assessment, not yet saved."""
    risk = assessment.risk
    return Analysis(
        session=session,
        engine_version=assessment.engine_version,
        vehicle_type=assessment.vehicle_type.value,
        quality_verdict=assessment.quality.verdict.value,
        quality_reasons=list(assessment.quality.reasons),
        risk_score=risk.score if risk else None,
        risk_level=risk.level.value if risk else "",
        risk_parts=[asdict(part) for part in risk.parts] if risk else [],
        headline=assessment.report.headline,
        report_sections=[
            {"heading": section.heading, "sentences": list(section.sentences)}
            for section in assessment.report.sections
        ],
        passed=_of(assessment, outcomes.Passed),
        not_assessed=_of(assessment, outcomes.NotAssessed),
    )


def findings_of(analysis: Analysis, assessment: Assessment) -> list[Finding]:
    """The rows of its findings in order of time, not yet saved."""
    found = sorted(
        (each for each in assessment.outcomes if isinstance(each, outcomes.Finding)),
        key=lambda finding: (finding.start_s, -finding.severity.rank),
    )
    return [_finding(analysis, position, each) for position, each in enumerate(found)]


def _of(assessment: Assessment, kind: type[Any]) -> list[dict[str, Any]]:
    return [asdict(each) for each in assessment.outcomes if isinstance(each, kind)]


def _finding(analysis: Analysis, position: int, finding: outcomes.Finding) -> Finding:
    values = asdict(finding)
    values.pop("is_standing")
    return Finding(analysis=analysis, position=position, **values)


def _mark(finding: Finding) -> dict[str, Any]:
    return {
        "id": str(finding.pk),
        "severity": finding.severity,
        "title": finding.title,
        "start_s": round(finding.start_s, 3),
        "end_s": round(finding.end_s, 3),
    }
