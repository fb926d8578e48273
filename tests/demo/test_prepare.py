"""``manage.py prepare``: an empty installation gets the demo, any other is left alone."""

from __future__ import annotations

import uuid
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections, transaction

from aviation.flights.models import FlightLog, FlightSession
from aviation.mlresults.models import Analysis
from aviation.telemetry.simulation.demo_fleet import DEMO_ORGANIZATIONS, DemoOrganization
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization
from tests.conftest import Cast

COMMAND = "aviation.demo.management.commands.prepare"
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
    small = replace(
        DEMO_ORGANIZATIONS[0],
        slug=f"demo-{uuid.uuid4().hex[:12]}",
        flights=DEMO_ORGANIZATIONS[0].flights[:2],
    )
    settings.VAR = tmp_path
    monkeypatch.setenv("DBX_DEMO_PASSWORD", PASSWORD)
    monkeypatch.setattr("aviation.demo.seeding.DEMO_ORGANIZATIONS", (small,))
    monkeypatch.setattr(f"{COMMAND}.is_empty", lambda: True)
    with django_db_blocker.unblock():
        yield small
        for connection in connections.all():
            connection.close()


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
        flights = FlightSession.objects.flown()
        assert set(flights.values_list("notes", flat=True)) == {f.purpose for f in demo.flights}
        assert not flights.filter(pilot=None).exists()
        assert FlightLog.objects.filter(session__in=flights, state="imported").count() == 2
        assert Analysis.objects.active().filter(session__in=flights).count() == 2


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
