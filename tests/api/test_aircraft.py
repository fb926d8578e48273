"""The API's aircraft: entered, changed, removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from aviation.audit.models import AuditEvent
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from tests.api.build import Things
from tests.conftest import Cast

LIST = "/api/v1/aircraft/"


def post(client: Client, body: Any) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(LIST, text, content_type="application/json")


def patch(client: Client, aircraft: Aircraft, body: Any) -> Any:
    return client.patch(f"{LIST}{aircraft.pk}/", body, content_type="application/json")


def test_manager_registers_an_aircraft(manager: Client) -> None:
    response = post(
        manager,
        {"registration": "G-DBXA", "aircraft_type": "fixed_wing", "specifications": {"span_m": 2}},
    )
    assert response.status_code == 201
    made = response.json()
    assert response.headers["Location"].endswith(f"{LIST}{made['id']}/")
    assert manager.get(response.headers["Location"]).json() == made
    assert made["specifications"] == {"span_m": 2}


def test_registration_is_unique_whatever_its_case(manager: Client) -> None:
    response = post(manager, {"registration": "alpha-1"})
    assert response.status_code == 400
    assert "There is an aircraft with this registration already." in response.content.decode()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"registration": ""},
        {"registration": "X" * 41},
        {"registration": "X\x00"},
        {"registration": "X1", "aircraft_type": "submarine"},
        {"registration": "X1", "next_maintenance_on": "soon"},
        {"registration": "X1", "next_maintenance_on": "2026-02-30"},
        {"registration": "X1", "next_maintenance_on": "2026-02-20T10:00:00Z"},
        {"registration": "X1", "next_maintenance_on": "1989-12-31"},
        {"registration": "X1", "next_maintenance_on": "2200-01-01"},
        {"registration": "X1", "next_maintenance_on": 20260220},
        {"registration": "X1", "specifications": [1]},
        {"registration": "X1", "specifications": {"a": "\x00"}},
        '{"registration": "X1", "specifications": {"a": 1e999}}',
        '{"registration": "X1", "specifications": {"a": "\\ud800"}}',
        '{"registration": "X1", "specifications": ' + "[" * 50_000 + "]" * 50_000 + "}",
        '{"registration": ',
        "[]",
        "null",
    ],
    ids=lambda body: str(body)[:40],
)
def test_bad_values_are_refused_with_a_problem(manager: Client, body: Any) -> None:
    response = post(manager, body)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"


def test_huge_document_is_refused_unread(manager: Client) -> None:
    response = post(manager, {"registration": "X1", "name": "x" * 1_000_001})
    assert response.status_code == 413


def test_manager_changes_only_what_is_sent(manager: Client, alpha: Cast) -> None:
    response = patch(manager, alpha.aircraft, {"status": "maintenance"})
    assert response.status_code == 200
    assert response.json()["status"] == "maintenance"
    assert response.json()["name"] == alpha.aircraft.name


def test_next_maintenance_is_set_and_taken_away(manager: Client, alpha: Cast) -> None:
    set_on = patch(manager, alpha.aircraft, {"next_maintenance_on": "2026-06-15"})
    assert set_on.json()["next_maintenance_on"] == "2026-06-15"
    listed = manager.get(f"{LIST}{alpha.aircraft.pk}/").json()
    assert listed["next_maintenance_on"] == "2026-06-15"
    taken_away = patch(manager, alpha.aircraft, {"next_maintenance_on": None})
    assert taken_away.json()["next_maintenance_on"] is None


@pytest.mark.parametrize("role", [Role.ANALYST, Role.PILOT, Role.USER, Role.READONLY])
def test_only_managers_set_the_next_maintenance(
    role: str, alpha: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    client = sign_in(alpha.members[role])
    response = patch(client, alpha.aircraft, {"next_maintenance_on": "2026-06-15"})
    assert response.status_code == 403
    with tenant_context(alpha.organization):
        assert Aircraft.objects.get(pk=alpha.aircraft.pk).next_maintenance_on is None


def test_outsider_cannot_set_the_next_maintenance(outsider: Client, alpha: Cast) -> None:
    response = patch(outsider, alpha.aircraft, {"next_maintenance_on": "2026-06-15"})
    assert response.status_code == 404


def test_next_maintenance_is_on_record(manager: Client, alpha: Cast) -> None:
    patch(manager, alpha.aircraft, {"next_maintenance_on": "2026-06-15"})
    with tenant_context(alpha.organization):
        event = AuditEvent.objects.filter(object_id=str(alpha.aircraft.pk)).latest("id")
    assert (event.before, event.after) == (
        {"next_maintenance_on": None},
        {"next_maintenance_on": "2026-06-15"},
    )


def test_implausible_maintenance_date_is_told_in_words(manager: Client, alpha: Cast) -> None:
    response = patch(manager, alpha.aircraft, {"next_maintenance_on": "0206-06-15"})
    assert response.status_code == 400
    assert "must lie between 1990 and 2199" in response.content.decode()


def test_description_names_the_next_maintenance(viewer: Client) -> None:
    schemas = viewer.get("/api/schema/?format=json").json()["components"]["schemas"]
    for name in ("Aircraft", "AircraftInputRequest", "PatchedAircraftInputRequest"):
        field = schemas[name]["properties"]["next_maintenance_on"]
        assert (field["format"], field["nullable"]) == ("date", True)


def test_id_cannot_be_changed(manager: Client, alpha: Cast) -> None:
    response = patch(manager, alpha.aircraft, {"id": "00000000-0000-4000-8000-000000000000"})
    assert response.json()["id"] == str(alpha.aircraft.pk)


def test_aircraft_with_flights_is_not_removed(
    alpha: Cast, things: Things, sign_in: Callable[[Membership], Client]
) -> None:
    admin = sign_in(alpha.members[Role.ADMIN])
    response = admin.delete(f"{LIST}{alpha.aircraft.pk}/")
    assert response.status_code == 409
    assert response.json()["code"] == "conflict"
    assert admin.get(f"{LIST}{alpha.aircraft.pk}/").status_code == 200


def test_aircraft_without_history_is_removed(
    alpha: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    admin = sign_in(alpha.members[Role.ADMIN])
    path = f"{LIST}{post(admin, {'registration': 'MISTAKE'}).json()['id']}/"
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "beaver"}, ["C-1"]),
        ({"q": "c- beaver"}, ["C-1"]),
        ({"q": "otter"}, []),
        ({"status": "grounded"}, ["C-1"]),
        ({"aircraft_type": "multirotor"}, ["ALPHA-1"]),
        ({"maintenance_after": "2026-06-15"}, ["C-1"]),
        ({"maintenance_after": "2026-06-16"}, []),
        ({"maintenance_before": "2026-06-15"}, []),
        ({"maintenance_before": "2026-06-16"}, ["C-1"]),
    ],
)
def test_list_is_narrowed(
    viewer: Client, alpha: Cast, query: dict[str, str], found: list[str]
) -> None:
    with tenant_context(alpha.organization):
        Aircraft.objects.create(
            registration="C-1", model="Beaver", status="grounded", next_maintenance_on="2026-06-15"
        )
    listed = viewer.get(LIST, query).json()["results"]
    assert [each["registration"] for each in listed] == found


@pytest.mark.parametrize(
    "query",
    [{"status": "flying"}, {"maintenance_before": "soon"}, {"q": "\x00"}, {"page_size": "many"}],
)
def test_bad_query_does_no_harm(viewer: Client, query: dict[str, str]) -> None:
    assert viewer.get(LIST, query).status_code in {200, 400}
