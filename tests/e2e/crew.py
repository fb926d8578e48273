"""The organization, logs and flights that the browser tests look at, really committed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.files import File
from django.db import transaction
from django.test import override_settings

from accounts.choices import Role
from accounts.models import User
from accounts.services import add_member
from aviation.flights.logs import keep_log
from aviation.telemetry.importing import import_log
from aviation.telemetry.simulation import Fault, FaultKind, FlightPlan, simulate
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.services import open_organization
from maintenance.recovery.asking import request_recovery
from maintenance.recovery.choices import RecoveryKind, RecoveryState
from maintenance.recovery.plans import Source, TableThen, digest_of, plan_text
from tests.conftest import PASSWORD, Cast, make_cast

HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
"""The running product refuses the quick hashes that the other tests use."""
TRAVELLER, STAFF = "traveller", "staff"


@dataclass(frozen=True)
class Crew:
    """An organization, another one that one person also belongs to, and an imported flight."""

    cast: Cast
    second_home: str
    flight_url: str
    aircraft_url: str
    log_url: str
    recovery_url: str

    @property
    def home(self) -> str:
        return self.cast.home

    def email_of(self, who: str) -> str:
        return f"{who}@{self.cast.organization.slug}.example.org"


def make_crew(log: Path) -> Crew:
    slug = f"e2e-{uuid.uuid4().hex[:10]}"
    with override_settings(PASSWORD_HASHERS=HASHERS):
        cast = make_cast(slug)
        second = open_organization(slug=f"{slug}-second", name="Second Survey")
        for organization, role in ((cast.organization, Role.USER), (second, Role.READONLY)):
            email = f"{TRAVELLER}@{slug}.example.org"
            add_member(organization=organization, email=email, role=role, password=PASSWORD)
        with platform_context(), transaction.atomic():
            staff = User.objects.create_superuser(f"{STAFF}@{slug}.example.org", PASSWORD)
    with tenant_context(cast.organization):
        flight_url, log_url = _import(cast, log)
    aircraft_url = f"{cast.home}aircraft/{cast.aircraft.pk}/"
    recovery_url = _planned_recovery(cast, staff)
    return Crew(cast, f"/o/{second.slug}/", flight_url, aircraft_url, log_url, recovery_url)


def _planned_recovery(cast: Cast, staff: User) -> str:
    """The page of a recovery that somebody has yet to approve; its plan was never made for real."""
    asked = request_recovery(
        actor=staff,
        kind=RecoveryKind.ORGANIZATION,
        target_at=datetime.now(tz=UTC) - timedelta(hours=1),
        reason="Flights were deleted by mistake.",
        organization_slug=cast.organization.slug,
    )
    table = TableThen("flights_flightsession", 1_048_291, 1_048_294, "now", "then")
    asked.plan = plan_text(asked, Source(("a-backup",), "0/1", "0/2"), [table], ["3 come back."])
    asked.plan_sha256, asked.planned_at = digest_of(asked.plan), datetime.now(tz=UTC)
    asked.state = RecoveryState.PLANNED
    with platform_context(), transaction.atomic():
        asked.save()
    return f"/admin/maintenance/recoveryrequest/{asked.pk}/change/"


def _import(cast: Cast, path: Path) -> tuple[str, str]:
    with path.open("rb") as raw:
        kept = keep_log(
            file=File(raw, name=path.name),
            file_name=path.name,
            aircraft=cast.aircraft,
            uploaded_by=cast.members[Role.PILOT],
        )
    log = import_log(log_id=kept.pk, task_id="e2e")
    if log is None or log.session_id is None:
        raise RuntimeError("The simulated flight could not be imported.")
    return f"{cast.home}flights/{log.session_id}/", f"{cast.home}logs/{log.pk}/"


def write_faulty_log(path: Path, *, seed: int, duration_s: float, fault_s: float) -> Path:
    """A simulated quad that loses a motor ``fault_s`` into its log."""
    plan = FlightPlan(
        vehicle="multirotor",
        seed=seed,
        duration_s=duration_s,
        start_at=datetime.now(tz=UTC) - timedelta(days=1),
        home=(46.47, 8.25, 1_341.0),
        fault=Fault(FaultKind.MOTOR_LOSS, begins_s=fault_s, severity=0.8),
    )
    simulate(plan).write_ulog(path)
    return path
