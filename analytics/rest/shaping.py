"""Figures in the shape of the API's serializers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from rest_framework.request import Request
from rest_framework.reverse import reverse

from analytics.calculations.averages import average
from analytics.calculations.executive import Figures, Month, Summary
from analytics.calculations.wear import WearSource
from analytics.reading.evidence import Evidence, EvidenceKind
from analytics.reading.utilisation import AircraftUse, PilotUse, Use
from analytics.reading.wear import WearStanding

SUMMED = {
    "flights": "flights",
    "active_aircraft": "active_aircraft",
    "timed_flights": "timed_flights",
    "airborne_s": "airborne_s",
    "hours": "hours",
    "distance_m": "distance_m",
    "distance_km": "distance_km",
    "analysed_flights": "analysed_flights",
    "scored_flights": "scored_flights",
    "average_risk": "average_risk",
    "high_risk_flights": "known_high_risk_flights",
    "high_risk_share": "high_risk_share",
    "anomalies": "known_anomalies",
    "critical_anomalies": "known_critical_anomalies",
}
"""Names in the answer, and the attributes of ``Figures``."""
LISTS = {EvidenceKind.FINDINGS: "api:finding-list", EvidenceKind.ANALYSES: "api:analysis-list"}

Answer = dict[str, Any]


def summary_answer(summary: Summary) -> Answer:
    return {
        "months": [_month(each) for each in summary.months],
        "total": summed_answer(summary.total),
    }


def summed_answer(figures: Figures) -> Answer:
    return {name: getattr(figures, attribute) for name, attribute in SUMMED.items()}


def _month(month: Month) -> Answer:
    days = {"start": month.period.start, "end": month.period.end}
    return days | summed_answer(month.figures)


def aircraft_use(each: AircraftUse) -> Answer:
    return _use(each.use) | {
        "aircraft": each.aircraft.pk,
        "registration": each.aircraft.registration,
        "aircraft_type": each.aircraft.aircraft_type,
    }


def pilot_use(each: PilotUse) -> Answer:
    return _use(each.use) | {"pilot": each.pilot_id, "name": each.name}


def _use(use: Use) -> Answer:
    return {
        "flown": use.flown,
        "days": use.days,
        "of_days": use.of_days,
        "share": average(Decimal(use.days), use.of_days),
    }


def wear_answer(standing: WearStanding, request: Request) -> Answer:
    aircraft, wear = standing.aircraft, standing.wear
    return {
        "aircraft": aircraft.aircraft_id,
        "registration": aircraft.registration,
        "aircraft_type": aircraft.aircraft_type,
        "score": wear.score,
        "level": wear.level,
        "action": wear.action,
        "is_assessed": wear.is_assessed,
        "weights_version": standing.weights_version,
        "sentence": wear.sentence,
        "parts": _parts(standing, _places(standing, request)),
    }


def _parts(standing: WearStanding, places: Mapping[WearSource, str]) -> list[Answer]:
    return [
        {
            "source": part.source,
            "points": part.points,
            "text": part.text,
            "evidence": places[part.source],
        }
        for part in standing.wear.parts
    ]


def _places(standing: WearStanding, request: Request) -> dict[WearSource, str]:
    return {source: _place(each, request) for source, each in standing.evidence.items()}


def _place(evidence: Evidence, request: Request) -> str:
    """The list of the API that holds just what the points were given for."""
    if evidence.kind is EvidenceKind.AIRCRAFT:
        kwargs = {"aircraft_id": str(evidence.aircraft_id)}
        return reverse("api:aircraft-detail", kwargs=kwargs, request=request)
    place = reverse(LISTS[evidence.kind], request=request)
    return f"{place}?{urlencode(evidence.filters)}"
