"""Flights with what the figures are made of, and fresh figures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.test import Client

from analytics.periods import Period
from analytics.reading.evidence import Evidence, EvidenceKind
from analytics.refreshing import FIGURES
from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.tenants.views import refresh_view
from tests.api.build import make_analysis, make_finding, make_flight
from tests.conftest import Cast

VIEWS = tuple(str(model._meta.db_table) for model in FIGURES)
LISTS = {
    EvidenceKind.FINDINGS: "/api/v1/findings/",
    EvidenceKind.ANALYSES: "/api/v1/analyses/",
}


def refresh() -> None:
    """Call with the organization bound."""
    for view in VIEWS:
        refresh_view(view)


def utc(text: str) -> datetime:
    """``2026-05-04 09:30`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def period(start: str, end: str, cast: Cast) -> Period:
    """From ``start`` up to and without ``end``, in the organization's days."""
    return Period(date.fromisoformat(start), date.fromisoformat(end), cast.organization.zone)


def flew(cast: Cast, started_at: str, **values: Any) -> FlightSession:
    """A flight of ten minutes and 5 km, unless told otherwise."""
    return make_flight(
        cast, started_at=utc(started_at), **{"airborne_s": 600.0, "distance_m": 5_000.0} | values
    )


def assessed(
    flight: FlightSession, risk: float | None, level: str = "low", *anomalies: str
) -> FlightSession:
    """With an active analysis; ``anomalies`` such as "motor/warning"."""
    analysis = make_analysis(flight, risk_score=risk, risk_level=level)
    for position, each in enumerate(anomalies):
        component, _, severity = each.partition("/")
        make_finding(analysis, position, component=component, severity=severity)
    return flight


def aircraft(registration: str, kind: str = "multirotor", **values: Any) -> Aircraft:
    return Aircraft.objects.create(registration=registration, aircraft_type=kind, **values)


def found_behind(client: Client, evidence: Evidence) -> list[dict[str, Any]]:
    """What the API lists for it."""
    listed = client.get(LISTS[evidence.kind], evidence.filters | {"page_size": "200"})
    assert listed.status_code == 200
    assert listed.json()["next"] is None
    results: list[dict[str, Any]] = listed.json()["results"]
    return results
