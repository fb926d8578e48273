"""``manage.py prepare``: an empty installation gets the demo, any other is left alone."""

from __future__ import annotations

import importlib
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections, transaction

from accounts.models import Membership, User
from aviation.demo.history import MARK
from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightLog, FlightSession
from aviation.mlresults.models import Analysis
from aviation.telemetry.simulation.demo_fleet import DEMO_ORGANIZATIONS, DemoOrganization
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization
from tests.conftest import Cast

SEEDING, FIRST_START = "aviation.demo.seeding", "aviation.demo.first_start"
PASSWORD = "a fixed word for the demo"


@pytest.fixture
def demo(
    django_db_setup: None,
    django_db_blocker: Any,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """One demo organization under a name of its own with two of its flights, committed."""
    small = short_demo(uuid.uuid4().hex[:12])
    settings.VAR = tmp_path
    monkeypatch.setenv("DBX_DEMO_PASSWORD", PASSWORD)
    monkeypatch.setattr(f"{SEEDING}.DEMO_ORGANIZATIONS", (small,))
    monkeypatch.setattr(f"{FIRST_START}.is_empty", lambda: True)
    monkeypatch.setattr("aviation.demo.history.DAYS", 40)
    with django_db_blocker.unblock():
        yield small
        for connection in connections.all():
            connection.close()


def short_demo(mark: str) -> DemoOrganization:
    """Two flights as short as the simulator makes them, by people of its own."""
    alpine = DEMO_ORGANIZATIONS[0]
    flights = [
        replace(each, duration_s=90, pilot_email=f"{mark}.{each.pilot_email}", fault=None)
        for each in alpine.flights[:2]
    ]
    pilots = [replace(each, email=f"{mark}.{each.email}") for each in alpine.pilots]
    return replace(alpine, slug=f"demo-{mark}", flights=tuple(flights), pilots=tuple(pilots))


def prepare(*arguments: str) -> str:
    told = StringIO()
    call_command("prepare", *arguments, stdout=told)
    return told.getvalue()


def opened(demo: DemoOrganization) -> Organization | None:
    with platform_context(), transaction.atomic():
        return Organization.objects.filter(slug=demo.slug).first()


def test_demo_has_analysed_flights_with_raw_logs_and_pilots(demo: DemoOrganization) -> None:
    told = prepare()
    assert "flight 2 of 2" in told
    organization = opened(demo)
    assert organization is not None
    with tenant_context(organization), transaction.atomic():
        flights = FlightSession.objects.flown().exclude(notes__startswith=MARK)
        assert set(flights.values_list("notes", flat=True)) == {f.purpose for f in demo.flights}
        assert not flights.filter(pilot=None).exists()
        assert FlightLog.objects.filter(session__in=flights, state="imported").count() == 2
        assert Analysis.objects.active().filter(session__in=flights).count() == 2


def test_demo_s_aircraft_have_maintenance_due_from_overdue_to_far(demo: DemoOrganization) -> None:
    prepare()
    organization = opened(demo)
    assert organization is not None
    with tenant_context(organization), transaction.atomic():
        dates = dict(Aircraft.objects.values_list("registration", "next_maintenance_on"))
    begun = min(dates.values()) + timedelta(days=3)
    days = {registration: (due - begun).days for registration, due in dates.items()}
    assert days == {"DBX-A1": 120, "DBX-A2": 5, "DBX-A3": -3}


def test_sign_ins_are_kept_for_this_user_alone(demo: DemoOrganization, tmp_path: Path) -> None:
    prepare()
    kept = tmp_path / "demo.txt"
    assert kept.stat().st_mode & 0o777 == 0o600
    text = kept.read_text()
    assert PASSWORD in text
    assert all(pilot.email in text for pilot in demo.pilots)


def test_no_demo_leaves_the_installation_empty(demo: DemoOrganization) -> None:
    assert prepare("--no-demo") == ""
    assert opened(demo) is None


def test_installation_in_use_is_left_alone(fresh_organization: Cast) -> None:
    assert prepare() == ""


class Killed(BaseException):
    """Ends the program at once, like a signal does."""


def kill_after(step: str, call: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ``call``-th call of a step of the seeding do its work, and nothing after it."""
    module_name, _, name = f"{SEEDING}.{step}".rpartition(".")
    inner: Callable[..., Any] = getattr(importlib.import_module(module_name), name)
    calls: list[int] = []

    def does_it_and_dies(*args: Any, **kwargs: Any) -> Any:
        answer = inner(*args, **kwargs)
        calls.append(1)
        if len(calls) == call:
            raise Killed
        return answer

    monkeypatch.setattr(f"{module_name}.{name}", does_it_and_dies)


@pytest.mark.parametrize(
    ("step", "call"),
    [
        ("write_sign_ins", 1),
        ("open_organization", 1),
        ("add_member", 1),
        ("add_member", 3),
        ("_fleet", 1),
        ("store_history", 1),
        ("simulate", 2),
        ("keep_log", 1),
        ("import_log", 1),
        ("import_log", 2),
    ],
)
def test_killed_first_start_goes_on_where_it_was(
    step: str, call: int, demo: DemoOrganization, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DBX_DEMO_PASSWORD")
    with monkeypatch.context() as first:
        kill_after(step, call, first)
        with pytest.raises(Killed):
            prepare()
    told = (tmp_path / "demo.txt").read_text()
    monkeypatch.setattr(f"{FIRST_START}.is_empty", lambda: False)
    assert "flight 2 of 2" in prepare()
    assert (tmp_path / "demo.txt").read_text() == told
    assert counted(demo) == {"aircraft": 3, "flights": 2, "logs": 2, "noted": 2, "members": 5}
    assert everybody_signs_in_with(told.split()[-1], demo)
    assert prepare() == ""


def test_import_interrupted_more_often_than_any_log_may_be_still_ends(
    demo: DemoOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as first:
        first.setattr("aviation.telemetry.importing.read_log", _dies)
        for _ in range(5):
            with pytest.raises(Killed):
                prepare()
    prepare()
    assert counted(demo)["noted"] == 2


def _dies(*_: object, **__: object) -> None:
    raise Killed


def counted(demo: DemoOrganization) -> dict[str, int]:
    organization = opened(demo)
    assert organization is not None
    with tenant_context(organization), transaction.atomic():
        purposes = [flight.purpose for flight in demo.flights]
        return {
            "aircraft": Aircraft.objects.count(),
            "flights": FlightSession.objects.exclude(notes__startswith=MARK).count(),
            "logs": FlightLog.objects.filter(state="imported").count(),
            "noted": FlightSession.objects.filter(notes__in=purposes).count(),
            "members": Membership.objects.filter(organization=organization).count(),
        }


def everybody_signs_in_with(password: str, demo: DemoOrganization) -> bool:
    with platform_context(), transaction.atomic():
        people = User.objects.filter(email__in=[pilot.email for pilot in demo.pilots])
        return all(person.check_password(password) for person in people)


def test_demo_does_not_obey_the_limit_on_uploads(demo: DemoOrganization, settings: Any) -> None:
    settings.MAX_LOG_BYTES = 1_000
    prepare()
    assert counted(demo)["flights"] == 2


def test_later_start_loads_no_simulator(tmp_path: Path) -> None:
    """Asked of a new process: in this one everything is loaded."""
    program = (
        "import django, sys; django.setup();"
        "import aviation.demo.management.commands.prepare;"
        "print([name for name in sys.modules if 'simulation' in name or 'seeding' in name])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
