"""The generated flights, by aircraft of every type and status with maintenance near and far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aviation.fleet.choices import AircraftStatus, AircraftType
from aviation.fleet.models import Aircraft
from tests.analytics.generated import store_fleet
from tests.analytics.reading.build import refresh

UNTIL = datetime(2026, 4, 20, 21, 30, tzinfo=UTC)
"""Past midnight in the east; the clock changed within the month before."""
DUE_IN_DAYS = (None, -30, -1, 0, 7, 8, 30, 31)
STATUSES = (*AircraftStatus.values, *[AircraftStatus.ACTIVE.value] * 3)


def make_flights(count: int, *, seed: int = 1) -> list[Aircraft]:
    """Twelve aircraft with so many flights in the bound organization, and fresh figures."""
    store_fleet(count, seed=seed)
    fleet = list(Aircraft.objects.filter(registration__startswith="G-").order_by("registration"))
    for number, aircraft in enumerate(fleet):
        days = DUE_IN_DAYS[number % len(DUE_IN_DAYS)]
        aircraft.aircraft_type = AircraftType.values[number % 4]
        aircraft.status = STATUSES[number % len(STATUSES)]
        aircraft.next_maintenance_on = None if days is None else UNTIL.date() + timedelta(days=days)
    Aircraft.objects.bulk_update(fleet, ["aircraft_type", "status", "next_maintenance_on"])
    refresh()
    return fleet
