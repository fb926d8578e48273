"""Flights as the lists show them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounts.choices import Role
from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.tenants.context import tenant_context
from tests.api.build import make_analysis, make_finding, make_flight, make_log
from tests.conftest import Cast


def assessed(
    cast: Cast, level: str, score: float, started_at: datetime, **values: Any
) -> FlightSession:
    """A flight whose analysis came to this risk."""
    with tenant_context(cast.organization):
        flight = make_flight(cast, started_at=started_at, **values)
        make_analysis(flight, risk_level=level, risk_score=score)
    return flight


def fill(cast: Cast, count: int, started_at: datetime) -> None:
    """``count`` more flights, each with its own aircraft, pilot, log, analysis and finding."""
    with tenant_context(cast.organization):
        for number in range(count):
            aircraft = Aircraft.objects.create(registration=f"N{Aircraft.objects.count()}")
            flight = make_flight(
                cast,
                aircraft=aircraft,
                pilot=cast.members[Role.values[number % 6]],
                started_at=started_at + timedelta(minutes=number),
                airborne_s=600.0,
            )
            make_log(cast, flight=flight)
            make_finding(make_analysis(flight))
