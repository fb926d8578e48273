"""A flight is deleted with all that was made from its log: by managers, knowingly, on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership
from aviation.audit.models import AuditEvent
from aviation.common.errors import Conflict, NotAllowed
from aviation.flights.choices import FlightState
from aviation.flights.deleting import delete_flight
from aviation.flights.models import FlightLog, FlightSession
from aviation.mlresults.models import Analysis, Finding
from aviation.telemetry.models import FlightOverview, TelemetryPoint
from aviation.tenants.context import tenant_context
from tests.api.build import Things, make_flight, make_things
from tests.conftest import Cast

MANAGERS = {Role.ADMIN, Role.MANAGER}


@pytest.fixture
def things(alpha: Cast) -> Things:
    return make_things(alpha)


def left(cast: Cast) -> list[str]:
    kinds = (FlightSession, FlightLog, TelemetryPoint, FlightOverview, Analysis, Finding)
    with tenant_context(cast.organization):
        return [kind.__name__ for kind in kinds if kind._default_manager.exists()]


def doors(cast: Cast, flight: FlightSession) -> dict[str, Callable[[Client], Any]]:
    """Every way to delete, each answering the response."""
    page = f"{cast.home}flights/{flight.pk}/delete/"
    admin = f"{cast.home}admin/flights/flightsession/{flight.pk}/delete/"
    return {
        "page": lambda client: client.post(page),
        "admin": lambda client: client.post(admin, {"post": "yes"}),
        "api": lambda client: client.delete(f"{cast.home}api/v1/flights/{flight.pk}/"),
    }


@pytest.mark.parametrize("door", ["page", "admin", "api"])
def test_flight_goes_with_everything_made_from_its_log(
    door: str,
    manager: Client,
    alpha: Cast,
    things: Things,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        status = doors(alpha, things.flight)[door](manager).status_code
    assert status == (204 if door == "api" else 302)
    assert left(alpha) == []
    assert not Path(things.log.file.path).exists()


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("door", ["page", "admin", "api"])
def test_role_decides_who_deletes(
    door: str, role: str, alpha: Cast, things: Things, sign_in: Callable[[Membership], Client]
) -> None:
    status = doors(alpha, things.flight)[door](sign_in(alpha.members[role])).status_code
    assert (status < 400) == (role in MANAGERS)
    assert ("FlightSession" in left(alpha)) == (role not in MANAGERS)


@pytest.mark.parametrize("door", ["page", "admin", "api"])
def test_flight_of_another_organization_is_not_there(
    door: str, bravo: Cast, alpha: Cast, things: Things, outsider: Client
) -> None:
    doors(bravo, things.flight)[door](outsider)
    assert "FlightSession" in left(alpha)


def test_service_asks_the_role_itself(in_alpha: Cast, things: Things) -> None:
    with pytest.raises(NotAllowed):
        delete_flight(flight=things.flight, membership=in_alpha.members[Role.PILOT])


def test_flight_in_progress_is_not_deleted(in_alpha: Cast) -> None:
    flight = make_flight(in_alpha, state=FlightState.IN_PROGRESS)
    with pytest.raises(Conflict, match="in progress"):
        delete_flight(flight=flight, membership=in_alpha.members[Role.MANAGER])


def test_raw_file_stays_until_the_transaction_ends(in_alpha: Cast, things: Things) -> None:
    delete_flight(flight=things.flight, membership=in_alpha.members[Role.MANAGER])
    assert Path(things.log.file.path).exists()


@pytest.mark.parametrize("place", ["flights/{}/delete/", "admin/flights/flightsession/{}/delete/"])
def test_confirmation_names_what_goes_and_deletes_nothing(
    place: str, manager: Client, alpha: Cast, things: Things
) -> None:
    text = manager.get(alpha.home + place.format(things.flight.pk)).content.decode()
    assert "morning.ulg" in text
    assert "recorded measurements" in text
    assert "FlightSession" in left(alpha)


@pytest.mark.parametrize("place", ["flights/{}/delete/", "admin/flights/flightsession/{}/delete/"])
@pytest.mark.parametrize(
    ("days_ago", "facts", "is_logbook"),
    [
        (1, {}, True),
        (1_095, {}, True),
        (1_097, {}, False),
        (1, {"has_flight": False}, False),
        (1, {"state": FlightState.PLANNED}, False),
    ],
)
def test_confirmation_says_that_the_flight_is_part_of_the_logbook(
    place: str,
    days_ago: int,
    facts: dict[str, Any],
    is_logbook: bool,
    manager: Client,
    alpha: Cast,
    things: Things,
) -> None:
    ended_at = timezone.now() - timedelta(days=days_ago)
    with tenant_context(alpha.organization):
        mine = FlightSession.objects.filter(pk=things.flight.pk)
        mine.update(started_at=ended_at - timedelta(hours=1), ended_at=ended_at, **facts)
    text = manager.get(alpha.home + place.format(things.flight.pk)).content.decode()
    until = f"until {ended_at + timedelta(days=1_096):%-d %B %Y}"
    assert ("technical logbook" in text and until in text) == is_logbook
    assert ("technical logbook" in text) == is_logbook


def test_button_is_for_those_who_may(manager: Client, viewer: Client, alpha: Cast) -> None:
    flight = make_things(alpha).flight
    page = f"{alpha.home}flights/{flight.pk}/"
    assert f"{page}delete/" in manager.get(page).content.decode()
    assert f"{page}delete/" not in viewer.get(page).content.decode()


def test_deletion_is_on_record(manager: Client, alpha: Cast, things: Things) -> None:
    doors(alpha, things.flight)["page"](manager)
    with tenant_context(alpha.organization):
        event = AuditEvent.objects.of_object("flight", things.flight.pk)[0]
        log_event = AuditEvent.objects.of_object("flight_log", things.log.pk)[0]
    assert (event.action, event.actor_id) == ("delete", alpha.members[Role.MANAGER].user_id)
    assert log_event.action == "delete"
