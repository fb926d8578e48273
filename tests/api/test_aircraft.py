"""The API's aircraft: entered, changed, removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
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
    ],
)
def test_list_is_narrowed(
    viewer: Client, alpha: Cast, query: dict[str, str], found: list[str]
) -> None:
    with tenant_context(alpha.organization):
        Aircraft.objects.create(registration="C-1", model="Beaver", status="grounded")
    listed = viewer.get(LIST, query).json()["results"]
    assert [each["registration"] for each in listed] == found


@pytest.mark.parametrize("query", [{"status": "flying"}, {"q": "\x00"}, {"page_size": "many"}])
def test_bad_query_does_no_harm(viewer: Client, query: dict[str, str]) -> None:
    assert viewer.get(LIST, query).status_code in {200, 400}
