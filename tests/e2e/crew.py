"""The organization, logs and flights that the browser tests look at, really committed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.files import File
from django.test import override_settings

from accounts.choices import Role
from accounts.services import add_member
from aviation.flights.logs import keep_log
from aviation.telemetry.importing import import_log
from aviation.telemetry.simulation import Fault, FaultKind, FlightPlan, simulate
from aviation.tenants.context import tenant_context
from aviation.tenants.services import open_organization
from tests.conftest import PASSWORD, Cast, make_cast

HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
"""The running product refuses the quick hashes that the other tests use."""
TRAVELLER = "traveller"


@dataclass(frozen=True)
class Crew:
    """An organization, another one that one person also belongs to, and an imported flight."""

    cast: Cast
    second_home: str
    flight_url: str
    aircraft_url: str
    log_url: str

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
    with tenant_context(cast.organization):
        flight_url, log_url = _import(cast, log)
    aircraft_url = f"{cast.home}aircraft/{cast.aircraft.pk}/"
    return Crew(cast, f"/o/{second.slug}/", flight_url, aircraft_url, log_url)


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
