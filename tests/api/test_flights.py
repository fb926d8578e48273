"""The API's flights: planned, flown, completed or aborted, in this order only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightSession
from aviation.tenants.context import tenant_context
from tests.api.build import Things, make_flight
from tests.conftest import Cast

LIST = "/api/v1/flights/"
START = "2026-06-01T08:00:00Z"


@pytest.fixture
def pilot(alpha: Cast, sign_in: Callable[[Membership], Client]) -> Client:
    return sign_in(alpha.members[Role.PILOT])


def plan(client: Client, cast: Cast, **values: Any) -> Any:
    body = {"aircraft": str(cast.aircraft.pk), "started_at": START} | values
    return client.post(LIST, body, content_type="application/json")


def act(client: Client, flight_id: str, verb: str, **values: Any) -> Any:
    path = f"{LIST}{flight_id}/{verb}/"
    return client.post(path, values, content_type="application/json")


def patch(client: Client, flight: FlightSession, **values: Any) -> Any:
    return client.patch(f"{LIST}{flight.pk}/", values, content_type="application/json")


def test_pilot_plans_an_own_flight(pilot: Client, alpha: Cast) -> None:
    response = plan(pilot, alpha, notes="Survey of the dam")
    assert response.status_code == 201
    flight = response.json()
    assert flight["state"] == "planned"
    assert flight["pilot"]["id"] == str(alpha.members[Role.PILOT].pk)
    assert pilot.get(response.headers["Location"]).json() == flight


def test_manager_names_the_pilot(manager: Client, alpha: Cast) -> None:
    member = alpha.members[Role.PILOT]
    response = plan(manager, alpha, pilot=str(member.pk))
    assert response.json()["pilot"] == {"id": str(member.pk), "name": "Alpha Pilot"}


def test_pilot_cannot_put_another_into_the_plan(pilot: Client, alpha: Cast) -> None:
    response = plan(pilot, alpha, pilot=str(alpha.members[Role.MANAGER].pk))
    assert response.status_code == 400


def test_members_of_others_and_former_members_are_no_pilots(
    manager: Client, alpha: Cast, bravo: Cast
) -> None:
    from django.utils import timezone

    with tenant_context(alpha.organization):
        former = alpha.members[Role.USER]
        Membership.objects.filter(pk=former.pk).update(ended_at=timezone.now())
    for member in (bravo.members[Role.PILOT], former):
        assert plan(manager, alpha, pilot=str(member.pk)).status_code == 400


def test_own_membership_elsewhere_is_no_pilot_here(
    manager: Client, alpha: Cast, bravo: Cast
) -> None:
    """A person's other memberships are in their sight in the database, and yet not members here."""
    from accounts.services import add_member

    elsewhere = add_member(
        organization=bravo.organization, email="manager@alpha.example.org", role=Role.PILOT
    )
    manager.get(alpha.home)
    assert plan(manager, alpha, pilot=str(elsewhere.pk)).status_code == 400


def test_flight_goes_through_its_life(pilot: Client, alpha: Cast) -> None:
    flight_id = plan(pilot, alpha).json()["id"]
    started = act(pilot, flight_id, "start", at="2026-06-01T08:05:00Z")
    assert (started.status_code, started.json()["state"]) == (200, "in_progress")
    ended = act(pilot, flight_id, "complete", at="2026-06-01T08:25:00Z")
    assert (ended.status_code, ended.json()["state"]) == (200, "completed")
    assert ended.json()["started_at"] == "2026-06-01T08:05:00Z"
    assert ended.json()["ended_at"] == "2026-06-01T08:25:00Z"


@pytest.mark.parametrize(
    ("state", "verb", "status"),
    [
        ("planned", "start", 200),
        ("planned", "complete", 409),
        ("planned", "abort", 200),
        ("in_progress", "start", 409),
        ("in_progress", "complete", 200),
        ("in_progress", "abort", 200),
        ("completed", "start", 409),
        ("completed", "complete", 409),
        ("completed", "abort", 409),
        ("aborted", "start", 409),
        ("aborted", "complete", 409),
        ("aborted", "abort", 409),
    ],
)
def test_only_the_next_step_is_possible(
    manager: Client, alpha: Cast, state: str, verb: str, status: int
) -> None:
    with tenant_context(alpha.organization):
        flight = make_flight(alpha, state=state)
    response = act(manager, str(flight.pk), verb)
    assert response.status_code == status
    now = manager.get(f"{LIST}{flight.pk}/").json()["state"]
    assert (now == state) == (status == 409)


def test_flight_cannot_end_before_it_began(manager: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        flight = make_flight(alpha, state=FlightState.IN_PROGRESS)
    response = act(manager, str(flight.pk), "complete", at="2001-01-01T00:00:00Z")
    assert response.status_code == 422
    assert manager.get(f"{LIST}{flight.pk}/").json()["state"] == "in_progress"


def test_notes_can_be_changed_at_any_time(manager: Client, things: Things) -> None:
    response = patch(manager, things.flight, notes="Gusty")
    assert (response.status_code, response.json()["notes"]) == (200, "Gusty")


def test_start_can_be_changed_only_while_planned(manager: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        planned = make_flight(alpha, state=FlightState.PLANNED)
        flown = make_flight(alpha)
    assert patch(manager, planned, started_at=START).json()["started_at"] == START
    assert patch(manager, flown, started_at=START).status_code == 409


@pytest.mark.parametrize("field", ["state", "ended_at", "airborne_s", "boot_at", "has_flight"])
def test_what_the_log_says_cannot_be_written(manager: Client, things: Things, field: str) -> None:
    before = manager.get(f"{LIST}{things.flight.pk}/").json()
    response = patch(manager, things.flight, **{field: "planned"})
    assert response.json() == before


@pytest.mark.parametrize(
    "values",
    [
        {"aircraft": "no-id"},
        {"aircraft": None},
        {"started_at": "yesterday"},
        {"started_at": "0001-01-01T00:00:00+14:00"},
        {"pilot": None},
        {"notes": "x" * 20_001},
    ],
    ids=str,
)
def test_bad_values_are_refused(manager: Client, alpha: Cast, values: dict[str, Any]) -> None:
    response = plan(manager, alpha, **values)
    assert response.status_code == 400
    assert next(iter(values)) in response.json()["errors"]


def test_list_is_newest_first_and_narrowed(viewer: Client, alpha: Cast, things: Things) -> None:
    with tenant_context(alpha.organization):
        planned = make_flight(alpha, state="planned", started_at=datetime(2027, 1, 1, tzinfo=UTC))
    listed = [each["id"] for each in viewer.get(LIST).json()["results"]]
    assert listed == [str(planned.pk), str(things.flight.pk)]
    for query in ({"state": "planned"}, {"started_after": "2026-12-31T00:00:00Z"}):
        found = [each["id"] for each in viewer.get(LIST, query).json()["results"]]
        assert found == [str(planned.pk)]


@pytest.mark.parametrize("name", ["started_after", "started_before"])
@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_moment_beyond_the_calendar_is_refused(viewer: Client, name: str, moment: str) -> None:
    response = viewer.get("/api/v1/flights/", {name: moment})
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
