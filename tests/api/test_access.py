"""Who may call which route, and that an outsider cannot tell what exists."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from accounts.choices import Role
from accounts.models import Membership
from tests.api.build import Things
from tests.conftest import Cast
from tests.routes import routes

METHODS = ("get", "post", "put", "patch", "delete", "options", "head")
ALL = set(Role.values)
MANAGE = {"admin", "manager"}
FLY = MANAGE | {"pilot", "user"}
UPLOAD = FLY | {"analyst"}
SEE_ALL = ALL - {"pilot"}

ALLOWED: dict[tuple[str, str], set[str]] = {
    ("get", "aircraft-list"): ALL,
    ("post", "aircraft-list"): MANAGE,
    ("get", "aircraft-detail"): ALL,
    ("patch", "aircraft-detail"): MANAGE,
    ("delete", "aircraft-detail"): {"admin"},
    ("get", "flight-list"): ALL,
    ("post", "flight-list"): FLY,
    ("get", "flight-detail"): ALL,
    ("patch", "flight-detail"): FLY,
    ("delete", "flight-detail"): {"admin", "manager"},
    ("post", "flight-start"): FLY,
    ("post", "flight-complete"): FLY,
    ("post", "flight-abort"): FLY,
    ("get", "telemetry"): ALL,
    ("post", "telemetry"): FLY,
    ("post", "telemetry-ingest"): FLY,
    ("get", "overview"): ALL,
    ("get", "telemetry-statistics"): ALL,
    ("get", "telemetry-export"): ALL,
    ("get", "telemetry-nearby"): ALL,
    ("get", "aircraft-positions"): ALL,
    ("get", "quality"): ALL,
    ("get", "flight-log-list"): ALL,
    ("post", "flight-log-list"): UPLOAD,
    ("get", "flight-log-detail"): ALL,
    ("get", "flight-log-raw"): ALL,
    ("post", "flight-log-retry"): UPLOAD,
    ("get", "analysis-list"): ALL,
    ("get", "analysis-detail"): ALL,
    ("get", "finding-list"): ALL,
    ("get", "finding-detail"): ALL,
    ("get", "analytics-summary"): SEE_ALL,
    ("get", "analytics-flights"): SEE_ALL,
    ("get", "analytics-analyses"): SEE_ALL,
    ("get", "analytics-anomalies"): SEE_ALL,
    ("get", "analytics-risk-profile"): SEE_ALL,
    ("get", "analytics-wear"): SEE_ALL,
    ("get", "analytics-activity"): SEE_ALL,
    ("get", "analytics-utilisation"): SEE_ALL,
}
NAMES = sorted({name for _, name in ALLOWED})
OF_ONE_THING = {
    pattern.name
    for pattern in get_resolver("config.api").url_patterns
    if isinstance(pattern, URLPattern) and "<" in str(pattern.pattern)
}
"""Routes with an id in them."""
SIGNING_IN = {"token", "token-refresh", "token-revoke"}
"""For whoever asks; tests/accounts/test_tokens.py tells of them."""


def paths(**ids: uuid.UUID) -> dict[str, str]:
    """Every route's address, by its name."""
    return {route.name: f"/api/v1/{route.path}" for route in routes("config.api", **ids)}


def nowhere(things: Things) -> dict[str, uuid.UUID]:
    """Ids of the same kind that nothing has."""
    return {name: uuid.uuid4() for name in things.ids}


def call(client: Client, method: str, path: str) -> Any:
    data = {} if method in {"get", "head"} else {"data": "{}", "content_type": "application/json"}
    response = getattr(client, method)(path, **data)
    if response.streaming:
        response.close()
    return response


def test_table_names_every_route_and_method() -> None:
    offered = {
        (method, pattern.name)
        for pattern in get_resolver("config.api").url_patterns
        if isinstance(pattern, URLPattern)
        for method in pattern.callback.actions
        if method != "head"
    }
    assert offered == set(ALLOWED)
    assert {route.name for route in routes("config.api")} - set(NAMES) == SIGNING_IN


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", NAMES)
def test_anonymous_caller_is_told_to_sign_in(name: str, method: str, things: Things) -> None:
    response = call(Client(), method, paths(**things.ids)[name])
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize(("method", "name"), sorted(ALLOWED))
def test_role_may_do_what_the_table_says_and_no_more(
    method: str,
    name: str,
    role: str,
    alpha: Cast,
    things: Things,
    sign_in: Callable[[Membership], Client],
) -> None:
    response = call(sign_in(alpha.members[role]), method, paths(**things.ids)[name])
    is_refused = response.status_code == 403
    assert is_refused == (role not in ALLOWED[method, name])
    assert response.status_code < 500


@pytest.mark.parametrize("name", NAMES)
def test_put_and_options_are_not_offered(
    name: str, things: Things, alpha: Cast, sign_in: Any
) -> None:
    admin = sign_in(alpha.members[Role.ADMIN])
    path = paths(**things.ids)[name]
    assert call(admin, "put", path).status_code in {403, 405}
    assert call(admin, "options", path).status_code == 405


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", sorted(name for name in NAMES if name in OF_ONE_THING))
def test_outsider_cannot_tell_a_thing_from_nothing(
    name: str, method: str, things: Things, outsider: Client
) -> None:
    there = call(outsider, method, paths(**things.ids)[name])
    missing = call(outsider, method, paths(**nowhere(things))[name])
    malformed = call(outsider, method, paths(**dict.fromkeys(things.ids, "no-id"))[name])  # type: ignore[arg-type]
    assert there.status_code in {403, 404, 405}
    assert there.status_code == missing.status_code == malformed.status_code
    assert there.content == missing.content == malformed.content
    offered = (("get" if method == "head" else method), name) in ALLOWED
    assert (there.status_code == 404) == offered


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-list")])
def test_outsider_lists_none_of_it(name: str, things: Things, outsider: Client) -> None:
    response = outsider.get(paths(**things.ids)[name])
    assert response.status_code == 200
    text = response.content.decode()
    assert not [known for known in things.ids.values() if str(known) in text]
    assert "ALPHA" not in text


@pytest.mark.parametrize(
    ("name", "filter_name"),
    [
        ("flight-list", "aircraft"),
        ("flight-log-list", "aircraft"),
        ("flight-log-list", "flight"),
        ("analysis-list", "flight"),
        ("analysis-list", "aircraft"),
        ("finding-list", "flight"),
        ("finding-list", "aircraft"),
    ],
)
def test_filter_by_a_foreign_id_answers_as_by_a_missing_one(
    name: str, filter_name: str, things: Things, outsider: Client
) -> None:
    path = paths(**things.ids)[name]
    foreign = outsider.get(path, {filter_name: str(things.ids[f"{filter_name}_id"])})
    missing = outsider.get(path, {filter_name: str(uuid.uuid4())})
    assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content)
    assert foreign.json()["results"] == []


def test_flight_cannot_be_planned_for_a_foreign_aircraft(things: Things, outsider: Client) -> None:
    def plan(aircraft_id: uuid.UUID) -> Any:
        body = {"aircraft": str(aircraft_id), "started_at": "2026-06-01T08:00:00Z"}
        return outsider.post("/api/v1/flights/", body, content_type="application/json")

    foreign, missing = plan(things.aircraft.pk), plan(uuid.uuid4())
    assert foreign.status_code == 400
    assert foreign.content == missing.content


def test_pilot_sees_only_flights_they_flew_or_brought(
    alpha: Cast, things: Things, sign_in: Callable[[Membership], Client]
) -> None:
    from aviation.tenants.context import tenant_context
    from tests.api.build import make_flight

    with tenant_context(alpha.organization):
        other = make_flight(alpha, pilot=alpha.members[Role.MANAGER])
    pilot = sign_in(alpha.members[Role.PILOT])
    listed = [flight["id"] for flight in pilot.get("/api/v1/flights/").json()["results"]]
    assert listed == [str(things.flight.pk)]
    assert pilot.get(f"/api/v1/flights/{other.pk}/").status_code == 404
    assert pilot.get(f"/api/v1/flights/{other.pk}/telemetry/").status_code == 404


def test_person_without_organization_is_refused(db: None) -> None:
    from accounts.models import User

    client = Client()
    client.force_login(User.objects.create_user("nobody@example.org", "a long enough password"))
    response = client.get("/api/v1/aircraft/")
    assert response.status_code == 403
    assert response.json()["code"] == "no_organization"


def test_write_without_csrf_token_is_refused(alpha: Cast, manager: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = manager.cookies
    response = strict.post(
        "/api/v1/aircraft/", {"registration": "N1"}, content_type="application/json"
    )
    assert response.status_code == 403
    assert response.headers["Content-Type"] == "application/problem+json"


def test_unknown_address_is_a_problem_document(manager: Client) -> None:
    response = manager.get("/api/v1/nothing-of-the-kind/")
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
