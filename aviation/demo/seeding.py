"""Filling a new installation with the demo: through the same doors a customer uses.

Flights are simulated, written as real log files, received and imported like any upload.

Whoever interrupts it finds it gone on with at the next start: each step looks first for what an
earlier attempt has done, and takes it as it is.
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
from aviation.demo.first_start import FirstStart, finish, write_sign_ins
from aviation.demo.people import DemoPerson, people_of, sign_ins
from aviation.demo.seeding_history import store_history
from aviation.fleet.models import Aircraft
from aviation.flights.choices import LogState
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


def seed_demo(*, start: FirstStart, tell: Tell) -> None:
    """Open the demo organizations with people, aircraft, a past, and a month of whole flights.

    The sign-ins are written before anybody can sign in: a password nobody knows is of no use.
    """
    lines = [line for demo in DEMO_ORGANIZATIONS for line in sign_ins(demo)]
    write_sign_ins(lines, start.password)
    for demo in DEMO_ORGANIZATIONS:
        tell(f"Opening {demo.name}")
        organization = _find(demo) or open_organization(slug=demo.slug, name=demo.name)
        members = {
            person.email: _member(organization, person, start.password)
            for person in people_of(demo)
        }
        with tenant_context(organization):
            fleet = _fleet(demo, start.now)
            if stored := store_history(demo, fleet, members, start.now):
                tell(f"  {stored} earlier flights, results only")
            _fly(demo, fleet, members, start, tell)
    finish()


@transaction.atomic
def _find(demo: DemoOrganization) -> Organization | None:
    with platform_context():
        return Organization.objects.filter(slug=demo.slug).first()


def _member(organization: Organization, person: DemoPerson, password: str) -> Membership:
    with platform_context(), transaction.atomic():
        there = Membership.objects.filter(organization=organization, user__email=person.email)
        existing = there.first()
    return existing or add_member(
        organization=organization,
        email=person.email,
        role=person.role,
        full_name=person.name,
        password=password,
    )


@transaction.atomic
def _fleet(demo: DemoOrganization, now: datetime) -> dict[str, Aircraft]:
    return {
        each.registration: Aircraft.objects.get_or_create(
            registration=each.registration,
            defaults={
                "serial_number": each.serial,
                "aircraft_type": each.vehicle,
                "manufacturer": each.manufacturer,
                "model": each.model,
                "next_maintenance_on": each.next_maintenance(now),
            },
        )[0]
        for each in demo.aircraft
    }


def _fly(
    demo: DemoOrganization,
    fleet: dict[str, Aircraft],
    members: dict[str, Membership],
    start: FirstStart,
    tell: Tell,
) -> None:
    plans = demo.plans(start.now)
    for number, (flight, plan) in enumerate(plans, 1):
        tell(f"  flight {number} of {len(plans)}: {flight.purpose}")
        _bring_flight(flight, plan, fleet[flight.registration], members[flight.pilot_email])


def _bring_flight(
    flight: DemoFlight, plan: FlightPlan, aircraft: Aircraft, pilot: Membership
) -> None:
    name = f"{flight.registration}_{plan.start_at:%Y-%m-%d_%H-%M}.ulg"
    log = _log_of_before(name) or _write_log(name, plan, aircraft, pilot)
    if log.state != LogState.IMPORTED:
        log = import_log(log_id=log.pk, task_id="demo") or log
    if log.session_id is None:
        raise RuntimeError(f"The demo flight {flight.purpose!r} could not be imported.")
    with transaction.atomic():
        FlightSession.objects.filter(pk=log.session_id).update(notes=flight.purpose, pilot=pilot)


@transaction.atomic
def _log_of_before(name: str) -> FlightLog | None:
    """The log of an interrupted attempt, free to be read once more if it was not."""
    logs = FlightLog.objects.filter(file_name=name)
    logs.exclude(state=LogState.IMPORTED).update(
        state=LogState.RECEIVED, attempts=0, claimed_by="", error_code="", error_message=""
    )
    return logs.first()


def _write_log(name: str, plan: FlightPlan, aircraft: Aircraft, pilot: Membership) -> FlightLog:
    with tempfile.TemporaryDirectory(prefix="dbx-demo-") as folder:
        path = Path(folder) / name
        simulate(plan).write_ulog(path)
        with path.open("rb") as raw:
            return keep_log(
                file=File(raw, name=name),
                file_name=name,
                aircraft=aircraft,
                uploaded_by=pilot,
                is_limited=False,
            )
