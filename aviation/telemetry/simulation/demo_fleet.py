"""Two invented organizations with aircraft, pilots and a month of flights, to show the product.

Pure data: nothing here touches a database. People, registrations and aircraft are made up; the
places are open fields and a beach. Days count back from the caller's ``now``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aviation.telemetry.simulation.plan import Fault, FaultKind, FlightPlan, Vehicle

Place = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class DemoAircraft:
    registration: str
    serial: str
    vehicle: Vehicle
    model: str
    manufacturer: str = "DBX Demo"
    maintenance_in_days: int | None = None
    """When the next maintenance is due, counted from the caller's day; negative is overdue."""

    def next_maintenance(self, now: datetime) -> date | None:
        if self.maintenance_in_days is None:
            return None
        return now.date() + timedelta(days=self.maintenance_in_days)


@dataclass(frozen=True, slots=True)
class DemoPilot:
    name: str
    email: str
    role: str
    """One of the product's roles: admin, manager, analyst, pilot, user, readonly."""


@dataclass(frozen=True, slots=True)
class DemoFlight:
    """A flight some days ago; ``hour`` is the hour of its start in UTC."""

    registration: str
    pilot_email: str
    days_ago: int
    hour: float
    duration_s: float
    seed: int
    place: Place
    purpose: str
    fault: Fault | None = None

    def plan(self, vehicle: Vehicle, now: datetime) -> FlightPlan:
        """The flight for the simulator. It never lies in the future: a flight of today that would
        start after ``now`` is put a day back."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        start_at = midnight - timedelta(days=self.days_ago) + timedelta(hours=self.hour)
        if start_at + timedelta(seconds=self.duration_s) > now:
            start_at -= timedelta(days=1)
        return FlightPlan(vehicle, self.seed, self.duration_s, start_at, self.place, self.fault)


@dataclass(frozen=True, slots=True)
class DemoOrganization:
    name: str
    slug: str
    aircraft: tuple[DemoAircraft, ...]
    pilots: tuple[DemoPilot, ...]
    flights: tuple[DemoFlight, ...]

    def plans(self, now: datetime) -> tuple[tuple[DemoFlight, FlightPlan], ...]:
        """All flights, the oldest first, as plans for the simulator. ``now`` is in UTC."""
        vehicles = {each.registration: each.vehicle for each in self.aircraft}
        planned = [
            (flight, flight.plan(vehicles[flight.registration], now)) for flight in self.flights
        ]
        return tuple(sorted(planned, key=lambda pair: pair[1].start_at))


_MEADOW: Place = (46.4702, 8.2478, 1341.0)
_PASTURE: Place = (46.4931, 8.2893, 1378.0)
_RIVERSIDE: Place = (46.4575, 8.2231, 1322.0)

_ALPINE_SURVEY = DemoOrganization(
    name="Alpine Survey",
    slug="alpine-survey",
    aircraft=(
        DemoAircraft("DBX-A1", "QS4-2101", "multirotor", "Quad Survey 4", maintenance_in_days=120),
        DemoAircraft("DBX-A2", "QS4-2107", "multirotor", "Quad Survey 4", maintenance_in_days=5),
        DemoAircraft("DBX-A3", "QH2-3004", "multirotor", "Quad Heavy 2", maintenance_in_days=-3),
    ),
    pilots=(
        DemoPilot("Anna Keller", "anna.keller@alpine-survey.example.org", "manager"),
        DemoPilot("Luca Steiner", "luca.steiner@alpine-survey.example.org", "pilot"),
        DemoPilot("Mia Roth", "mia.roth@alpine-survey.example.org", "pilot"),
    ),
    flights=(
        DemoFlight(
            "DBX-A1", "luca.steiner@alpine-survey.example.org", 28, 7.5, 240, 101, _MEADOW,
            "Hay meadow survey, first pass",
        ),
        DemoFlight(
            "DBX-A2", "mia.roth@alpine-survey.example.org", 24, 9.25, 180, 102, _PASTURE,
            "Pasture fence inspection",
        ),
        DemoFlight(
            "DBX-A1", "luca.steiner@alpine-survey.example.org", 19, 8.0, 200, 103, _MEADOW,
            "Hay meadow survey, second pass", Fault(FaultKind.VIBRATION_GROWTH, 95, 0.5),
        ),
        DemoFlight(
            "DBX-A3", "anna.keller@alpine-survey.example.org", 15, 13.75, 150, 104, _RIVERSIDE,
            "River bank mapping",
        ),
        DemoFlight(
            "DBX-A2", "mia.roth@alpine-survey.example.org", 11, 10.5, 180, 105, _PASTURE,
            "Pasture survey", Fault(FaultKind.BATTERY_SAG, 105, 0.7),
        ),
        DemoFlight(
            "DBX-A3", "luca.steiner@alpine-survey.example.org", 7, 12.0, 210, 106, _RIVERSIDE,
            "River bank mapping, repeat", Fault(FaultKind.GPS_LOSS, 110, 0.6),
        ),
        DemoFlight(
            "DBX-A1", "luca.steiner@alpine-survey.example.org", 3, 7.0, 160, 107, _MEADOW,
            "Hay meadow survey, after propeller change",
        ),
        DemoFlight(
            "DBX-A3", "mia.roth@alpine-survey.example.org", 1, 9.0, 180, 108, _RIVERSIDE,
            "Gravel volume survey", Fault(FaultKind.MOTOR_LOSS, 84, 0.8),
        ),
    ),
)  # fmt: skip

_BEACH: Place = (54.3012, 8.6041, 4.0)
_POLDER: Place = (54.3385, 8.6520, 2.0)

_COASTAL_AIR = DemoOrganization(
    name="Coastal Air",
    slug="coastal-air",
    aircraft=(
        DemoAircraft("DBX-C1", "TW2-0611", "fixed_wing", "Tern Wing 2", maintenance_in_days=-12),
        DemoAircraft("DBX-C2", "TW2-0615", "fixed_wing", "Tern Wing 2", maintenance_in_days=21),
        DemoAircraft("DBX-C3", "GW3-0102", "fixed_wing", "Gull Wing 3", maintenance_in_days=6),
        DemoAircraft("DBX-C4", "QS4-2140", "multirotor", "Quad Survey 4"),
    ),
    pilots=(
        DemoPilot("Jonas Petersen", "jonas.petersen@coastal-air.example.org", "manager"),
        DemoPilot("Freya Lund", "freya.lund@coastal-air.example.org", "pilot"),
        DemoPilot("Tom Hansen", "tom.hansen@coastal-air.example.org", "pilot"),
    ),
    flights=(
        DemoFlight(
            "DBX-C1", "freya.lund@coastal-air.example.org", 29, 6.5, 240, 201, _BEACH,
            "Shoreline photography",
        ),
        DemoFlight(
            "DBX-C2", "tom.hansen@coastal-air.example.org", 25, 14.0, 200, 202, _POLDER,
            "Dike inspection",
        ),
        DemoFlight(
            "DBX-C3", "jonas.petersen@coastal-air.example.org", 20, 11.5, 240, 203, _POLDER,
            "First flight after assembly", Fault(FaultKind.GPS_LOSS, 120, 0.9),
        ),
        DemoFlight(
            "DBX-C1", "freya.lund@coastal-air.example.org", 16, 8.75, 280, 204, _BEACH,
            "Seal count",
        ),
        DemoFlight(
            "DBX-C2", "tom.hansen@coastal-air.example.org", 12, 15.0, 200, 205, _POLDER,
            "Dike inspection, east", Fault(FaultKind.MOTOR_LOSS, 90, 0.7),
        ),
        DemoFlight(
            "DBX-C4", "freya.lund@coastal-air.example.org", 8, 10.0, 150, 206, _BEACH,
            "Groyne close-up pictures",
        ),
        DemoFlight(
            "DBX-C1", "freya.lund@coastal-air.example.org", 5, 9.5, 220, 207, _BEACH,
            "Shoreline photography, repeat", Fault(FaultKind.BATTERY_SAG, 115, 0.8),
        ),
        DemoFlight(
            "DBX-C3", "jonas.petersen@coastal-air.example.org", 1, 7.25, 200, 208, _POLDER,
            "Test after repair", Fault(FaultKind.VIBRATION_GROWTH, 80, 0.8),
        ),
    ),
)  # fmt: skip

DEMO_ORGANIZATIONS = (_ALPINE_SURVEY, _COASTAL_AIR)
