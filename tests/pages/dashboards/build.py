"""A fleet with something of everything, told as of one fixed moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from accounts.choices import Role
from aviation.flights.choices import FlightState
from aviation.tenants.context import tenant_context
from tests.analytics.reading.build import aircraft, assessed, refresh
from tests.api.build import make_flight
from tests.conftest import Cast

PAGES = ("", "activity/", "utilisation/", "risk/", "maintenance/", "summary/")
QUERY = "?start=2026-05-04&until=2026-05-17"
LATELY = "?period=30"


def days_ago(days: int, hour: int = 9) -> datetime:
    today = timezone.now().replace(hour=hour, minute=0, second=0, microsecond=0, tzinfo=UTC)
    return today - timedelta(days=days)


def fly_lately(cast: Cast) -> None:
    """Six weeks of two aircraft and three kinds of pilots, none of it regular."""
    with tenant_context(cast.organization):
        wing = aircraft(f"{cast.organization.slug}-W", "fixed_wing")
        pilots = (cast.members[Role.USER], cast.members[Role.ANALYST], None)
        for number in range(24):
            flight = make_flight(
                cast,
                started_at=days_ago(1 + number * 7 // 4, hour=5 + number % 9),
                aircraft=wing if number % 3 == 0 else cast.aircraft,
                pilot=pilots[number % 3],
                airborne_s=None if number % 11 == 5 else 300.0 + 60 * number,
                distance_m=1_000.0 * number,
            )
            risk, level = RISKS[number % len(RISKS)]
            if number % 8 != 7:
                assessed(flight, risk, level, *ANOMALIES[number % len(ANOMALIES)])
        make_flight(cast, started_at=days_ago(0, hour=0), state=FlightState.IN_PROGRESS)
        refresh()


RISKS = ((0.05, "low"), (0.3, "medium"), (0.62, "high"), (None, ""), (0.85, "critical"))
ANOMALIES = (
    ("motor/warning", "motor/critical"),
    (),
    ("battery/warning", "gps/info"),
    ("motor/warning",),
)


def fly_many(cast: Cast, count: int) -> None:
    """More flights, each with its own aircraft, analysis and finding."""
    with tenant_context(cast.organization):
        for number in range(count):
            flight = make_flight(
                cast,
                started_at=days_ago(1 + number % 28, hour=number % 24),
                aircraft=aircraft(f"M{cast.organization.slug}{number}-{count}"),
                pilot=cast.members[Role.values[number % 6]],
                airborne_s=600.0,
            )
            assessed(flight, 0.7, "high", "motor/critical")
        refresh()
