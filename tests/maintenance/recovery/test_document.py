"""Every command in docs/operations/recovery.md does what is written there."""

from __future__ import annotations

import io
import re
import shlex
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import transaction

from accounts.models import User
from aviation.flights.models import FlightSession
from aviation.telemetry.models import FlightOverview, TelemetryPoint
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization
from maintenance.management.commands import recovery
from maintenance.recovery.approving import approve
from maintenance.recovery.models import RecoveryRequest
from tests.conftest import PASSWORD, make_cast
from tests.maintenance.recovery.installations import (
    Installation,
    delete_all_flights,
    fly,
    share_copies,
)
from tests.maintenance.recovery.people import ask

pytestmark = pytest.mark.slow
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "operations" / "recovery.md"
FENCE = re.compile(r"```sh\n(.*?)```", re.DOTALL)
WRITTEN_TIME, WRITTEN_FLIGHT = "2026-05-01T12:00:00Z", "11111111-1111-1111-1111-111111111111"
WRITTEN_FOLDER = "/srv/restored/data"
POINTS = 36_000


def commands() -> list[list[str]]:
    lines = [line for block in FENCE.findall(DOCUMENT.read_text()) for line in block.splitlines()]
    return [shlex.split(line.removeprefix("manage.py ")) for line in lines]


@pytest.fixture
def operator(place: Installation, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """The operator's terminal, where people type their passwords."""
    for name in ("DBX_BACKUP_URL", "DBX_BACKUP_KEYS_FILE", "DBX_BACKUP_SCRATCH"):
        monkeypatch.setenv(name, place.surroundings[name])
    monkeypatch.setattr(recovery, "getpass", lambda _words: PASSWORD)
    settings.SECOND_STEP_REQUIRED = False
    share_copies(monkeypatch)
    return place


def counts(organization: Organization) -> tuple[int, int, int]:
    with tenant_context(organization), transaction.atomic():
        return (
            FlightSession.objects.count(),
            TelemetryPoint.objects.count(),
            FlightOverview.objects.count(),
        )


def make_charts(organization: Organization) -> UUID:
    """Charts for every flight; the id of one of them."""
    with tenant_context(organization), transaction.atomic():
        for flight in FlightSession.objects.all():
            FlightOverview.objects.create(session=flight, payload=b"", etag="x", row_count=1)
        return FlightSession.objects.latest("started_at").pk


def accident(number: int, organization: Organization, flight: UUID) -> None:
    """What the document's recovery of this number mends."""
    if number == 1:
        delete_all_flights(organization)
    with tenant_context(organization), transaction.atomic():
        if number == 2:
            FlightSession.objects.get(pk=flight).delete()
        if number == 3:
            FlightOverview.objects.all().delete()


def recover_again(operator: Installation, slug: str, moment: str) -> None:
    """What was undone comes back after all, for the accidents that follow."""
    with platform_context(), transaction.atomic():
        author = User.objects.get(email="author@example.org")
        second = User.objects.get(email="second@example.org")
    asked = ask(author, slug, target_at=datetime.fromisoformat(moment))
    planned = operator.runner.plan(asked.pk)
    approve(request_id=asked.pk, actor=second, plan_sha256=planned.plan_sha256, has_proved=True)
    operator.runner.run(asked.pk)


def newest() -> int:
    with platform_context(), transaction.atomic():
        return RecoveryRequest.objects.latest("pk").pk


def test_every_command_of_the_document_runs(operator: Installation) -> None:
    organization = make_cast("alpine").organization
    with platform_context(), transaction.atomic():
        for name in ("author", "second"):
            User.objects.create_superuser(f"{name}@example.org", PASSWORD)
    fly(organization, 2 * POINTS)
    flight = make_charts(organization)
    whole = counts(organization)
    operator.cluster.take()
    moment = operator.moment().isoformat()
    operator.archive()
    stands_for = {
        WRITTEN_TIME: moment,
        WRITTEN_FLIGHT: str(flight),
        WRITTEN_FOLDER: str(operator.cluster.base / "restored"),
    }
    number = 0
    found = commands()
    assert len(found) > 25
    for written in found:
        is_request = written[:2] == ["recovery", "request"]
        if is_request:
            number += 1
            accident(number, organization, flight)
        out = io.StringIO()
        call_command(*[stands_for.get(word, word) for word in written], stdout=out)
        assert out.getvalue().strip(), written
        if is_request:
            stands_for[str(number)] = str(newest())
        if written == ["recovery", "undo", "1"]:
            assert counts(organization) == (0, 0, 0)
            recover_again(operator, organization.slug, moment)
        if written[:2] == ["recovery", "run"] and number < 4:
            is_done = "--dry-run" not in written
            assert (counts(organization) == whole) is is_done, written
    assert (operator.cluster.base / "restored" / "recovery.signal").exists()
    with platform_context(), transaction.atomic():
        states = dict(RecoveryRequest.objects.values_list("pk", "state"))
    ends = [states[int(stands_for[str(each)])] for each in range(1, 6)]
    assert ends == ["undone", "done", "done", "done", "withdrawn"]
