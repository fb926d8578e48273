"""Filling a new installation with the demo: through the same doors a customer uses.

Flights are simulated, written as real log files, received and imported like any upload.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.core.files import File
from django.db import transaction

from accounts.models import Membership
from accounts.services import add_member
from aviation.demo.people import GUESTS, DemoPerson, choose_password, write_sign_ins
from aviation.fleet.models import Aircraft
from aviation.flights.logs import keep_log
from aviation.flights.models import FlightLog, FlightSession
from aviation.telemetry.importing import import_log
from aviation.telemetry.simulation import FlightPlan, simulate
from aviation.telemetry.simulation.demo_fleet import (
    DEMO_ORGANIZATIONS,
    DemoFlight,
    DemoOrganization,
)
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization
from aviation.tenants.services import open_organization

Tell = Callable[[str], None]


def is_empty() -> bool:
    """Whether the installation has no organization yet."""
    with platform_context(), transaction.atomic():
        return not Organization.objects.exists()


def seed_demo(*, now: datetime, tell: Tell) -> None:
    """Open the demo organizations with people, aircraft and a month of flights."""
    password = choose_password()
    sign_ins: list[str] = []
    for demo in DEMO_ORGANIZATIONS:
        tell(f"Opening {demo.name}")
        organization = open_organization(slug=demo.slug, name=demo.name)
        members = _add_people(organization, demo, password)
        sign_ins += [f"{m.user.email:<48} {m.role_label} of {demo.name}" for m in members.values()]
        with tenant_context(organization):
            fleet = _add_aircraft(demo)
            _fly(demo, fleet, members, now, tell)
    write_sign_ins(sign_ins, password)


def _add_people(
    organization: Organization, demo: DemoOrganization, password: str
) -> dict[str, Membership]:
    crew = [DemoPerson(pilot.name, pilot.email, pilot.role) for pilot in demo.pilots]
    return {
        person.email: add_member(
            organization=organization,
            email=person.email,
            role=person.role,
            full_name=person.name,
            password=password,
        )
        for person in (*crew, *GUESTS)
    }


@transaction.atomic
def _add_aircraft(demo: DemoOrganization) -> dict[str, Aircraft]:
    return {
        each.registration: Aircraft.objects.create(
            registration=each.registration,
            serial_number=each.serial,
            aircraft_type=each.vehicle,
            manufacturer=each.manufacturer,
            model=each.model,
        )
        for each in demo.aircraft
    }


def _fly(
    demo: DemoOrganization,
    fleet: dict[str, Aircraft],
    members: dict[str, Membership],
    now: datetime,
    tell: Tell,
) -> None:
    plans = demo.plans(now)
    for number, (flight, plan) in enumerate(plans, 1):
        tell(f"  flight {number} of {len(plans)}: {flight.purpose}")
        _import_flight(flight, plan, fleet[flight.registration], members[flight.pilot_email])


def _import_flight(
    flight: DemoFlight, plan: FlightPlan, aircraft: Aircraft, pilot: Membership
) -> None:
    log = _write_log(flight, plan, aircraft, pilot)
    imported = import_log(log_id=log.pk, task_id="demo")
    if imported is None or imported.session_id is None:
        raise RuntimeError(f"The demo flight {flight.purpose!r} could not be imported.")
    with transaction.atomic():
        FlightSession.objects.filter(pk=imported.session_id).update(
            notes=flight.purpose, pilot=pilot
        )


def _write_log(
    flight: DemoFlight, plan: FlightPlan, aircraft: Aircraft, pilot: Membership
) -> FlightLog:
    with tempfile.TemporaryDirectory(prefix="dbx-demo-") as folder:
        name = f"{flight.registration}_{plan.start_at:%Y-%m-%d_%H-%M}.ulg"
        path = Path(folder) / name
        simulate(plan).write_ulog(path)
        with path.open("rb") as raw:
            return keep_log(
                file=File(raw, name=name), file_name=name, aircraft=aircraft, uploaded_by=pilot
            )
