"""Flights of chosen moments with their analyses and findings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.tenants.models import Organization
from tests.analytics.reading.build import refresh as refresh
from tests.api.build import make_analysis, make_finding, make_flight
from tests.conftest import Cast


def keep_days_in(organization: Organization, time_zone: str) -> None:
    """Of the bound organization."""
    assert Organization.objects.filter(pk=organization.pk).update(time_zone=time_zone) == 1
    organization.time_zone = time_zone


def make_aircraft(registration: str, aircraft_type: str = "multirotor") -> Aircraft:
    return Aircraft.objects.create(registration=registration, aircraft_type=aircraft_type)


def fly(
    cast: Cast,
    started_at: datetime,
    *,
    risk: float | None = None,
    level: str = "low",
    findings: tuple[tuple[str, str], ...] = (),
    analysed: bool = True,
    **values: Any,
) -> FlightSession:
    """A flight of ten minutes and 1,200 m; ``findings`` are pairs of component and severity."""
    values = {"airborne_s": 600.0, "distance_m": 1_200.0} | values
    flight = make_flight(
        cast, started_at=started_at, ended_at=started_at + timedelta(minutes=12), **values
    )
    if analysed:
        analysis = make_analysis(flight, risk_score=risk, risk_level="" if risk is None else level)
        for position, (component, severity) in enumerate(findings):
            make_finding(analysis, position, component=component, severity=severity)
    return flight
