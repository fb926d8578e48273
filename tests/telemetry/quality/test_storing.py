"""The score is kept with the flight, told by the API, shown on its page and made anew."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from aviation.flights.logs import keep_log
from aviation.flights.models import FlightSession
from aviation.telemetry.importing import import_log
from aviation.telemetry.models import FlightQuality, TelemetryPoint
from aviation.telemetry.simulation import FlightPlan, simulate
from aviation.tenants.context import tenant_context
from tests.conftest import Cast

PARTS = ["completeness", "gaps", "out_of_range", "position_jumps", "stuck_sensors", "clock"]


@pytest.fixture(scope="module")
def content() -> bytes:
    start = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    buffer = io.BytesIO()
    simulate(FlightPlan("multirotor", 3, 100, start, (46.47, 8.25, 1_341.0))).write_ulog(buffer)
    return buffer.getvalue()


@pytest.fixture
def flight(alpha: Cast, content: bytes) -> FlightSession:
    with tenant_context(alpha.organization):
        log = keep_log(
            file=ContentFile(content),
            file_name="flight.ulg",
            aircraft=alpha.aircraft,
            uploaded_by=alpha.members[Role.PILOT],
        )
        imported = import_log(log_id=log.pk, task_id="test")
        assert imported is not None
        assert imported.session is not None
        return imported.session


def rescored(cast: Cast, **options: object) -> FlightQuality:
    call_command(
        "rescore_quality", organization=cast.organization.slug, stderr=io.StringIO(), **options
    )
    with tenant_context(cast.organization):
        return FlightQuality.objects.get()


def test_import_scores_the_recording(alpha: Cast, flight: FlightSession) -> None:
    with tenant_context(alpha.organization):
        quality = flight.quality
    assert quality.score >= 95
    assert [part["name"] for part in quality.parts] == PARTS
    assert all(set(part) >= {"name", "score", "weight", "sentence"} for part in quality.parts)


def test_api_tells_score_and_parts(viewer: Client, flight: FlightSession) -> None:
    told = viewer.get(f"/api/v1/flights/{flight.pk}/quality/").json()
    assert told["score"] >= 95
    assert [part["name"] for part in told["parts"]] == PARTS
    assert set(told["parts"][0]) == {"name", "score", "weight", "sentence"}


def test_flight_without_score_answers_404(alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        flight = FlightSession.objects.create(
            aircraft=alpha.aircraft, started_at=datetime(2026, 11, 1, tzinfo=UTC)
        )
    assert viewer.get(f"/api/v1/flights/{flight.pk}/quality/").status_code == 404


def test_outsider_learns_no_score(outsider: Client, flight: FlightSession) -> None:
    assert outsider.get(f"/api/v1/flights/{flight.pk}/quality/").status_code == 404


def test_pilot_sees_the_score_of_own_flights(
    alpha: Cast, flight: FlightSession, sign_in: Callable[[Membership], Client]
) -> None:
    pilot = sign_in(alpha.members[Role.PILOT])
    assert pilot.get(f"/api/v1/flights/{flight.pk}/quality/").status_code == 200


def test_page_shows_score_with_every_part_in_words(
    alpha: Cast, viewer: Client, flight: FlightSession
) -> None:
    shown = viewer.get(f"{alpha.home}flights/{flight.pk}/").content.decode()
    with tenant_context(alpha.organization):
        quality = flight.quality
    assert f"Data quality <b>{quality.score}</b> of 100" in shown
    assert all(part["sentence"].replace("'", "&#x27;") in shown for part in quality.parts)


def test_scoring_again_from_what_is_stored_agrees(alpha: Cast, flight: FlightSession) -> None:
    with tenant_context(alpha.organization):
        before = FlightQuality.objects.get()
        FlightQuality.objects.update(score=1, version=0)
    after = rescored(alpha)
    assert after.version == before.version
    assert after.score == pytest.approx(before.score, abs=2)
    assert after.parts[2] == before.parts[2]


def test_scoring_again_works_without_an_earlier_score(alpha: Cast, flight: FlightSession) -> None:
    with tenant_context(alpha.organization):
        FlightQuality.objects.all().delete()
    after = rescored(alpha)
    out_of_range = next(part for part in after.parts if part["name"] == "out_of_range")
    assert (out_of_range["score"], out_of_range["weight"]) == (None, 0)


def test_dry_run_changes_nothing(alpha: Cast, flight: FlightSession) -> None:
    with tenant_context(alpha.organization):
        FlightQuality.objects.update(score=1)
    out = io.StringIO()
    assert rescored(alpha, dry_run=True, json=True, stdout=out).score == 1
    assert json.loads(out.getvalue()) == {"alpha": {"flights": 1, "without_history": 0}}


def test_flight_whose_history_is_gone_keeps_its_score(alpha: Cast, flight: FlightSession) -> None:
    with tenant_context(alpha.organization):
        before = FlightQuality.objects.get()
        TelemetryPoint.objects.filter(session=flight).delete()
    out = io.StringIO()
    assert rescored(alpha, json=True, stdout=out).parts == before.parts
    assert json.loads(out.getvalue())["alpha"]["without_history"] == 1
