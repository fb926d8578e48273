"""The API's figures: what they are narrowed by, entity tags, and who gets them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api_keys.services import create_api_key
from accounts.choices import Role
from accounts.models import Membership
from analytics.refreshing import refresh_figures
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from tests.analytics.api_fleet import AT, OF_A_PERIOD, PATHS, get
from tests.analytics.api_fleet import _at as _at
from tests.analytics.api_fleet import flown as flown
from tests.analytics.build import fly, make_aircraft
from tests.api.test_openapi import description as description
from tests.conftest import Cast
from tests.queries import queries


@pytest.mark.parametrize("name", OF_A_PERIOD)
def test_figures_are_narrowed_by_period_type_and_aircraft(
    name: str, flown: Cast, viewer: Client
) -> None:
    with tenant_context(flown.organization):
        wing = Aircraft.objects.get(registration="ALPHA-W")
    days = {"start": "2026-04-10", "end": "2026-04-11"}
    by_type = get(viewer, name, **days, aircraft_type="fixed_wing")
    by_id = get(viewer, name, **days, aircraft=str(wing.pk))
    assert by_type == by_id
    assert (by_type["start"], by_type["end"]) == ("2026-04-10", "2026-04-11")
    both = get(viewer, name, **days, aircraft=str(wing.pk), aircraft_type="multirotor")
    nobody = get(viewer, name, **days, aircraft=str(uuid.uuid4()))
    whole = get(viewer, name, **days)
    assert len({str(both), str(by_id), str(whole)}) == 3
    assert both == nobody


@pytest.mark.parametrize("name", PATHS)
def test_aircraft_of_another_organization_is_none(
    name: str, flown: Cast, bravo: Cast, viewer: Client
) -> None:
    foreign = viewer.get(f"/api/v1/analytics/{name}/", {"aircraft": str(bravo.aircraft.pk)})
    missing = viewer.get(f"/api/v1/analytics/{name}/", {"aircraft": str(uuid.uuid4())})
    assert foreign.status_code == missing.status_code == 200
    assert foreign.content == missing.content


@pytest.mark.parametrize("name", PATHS)
def test_outsider_gets_nothing_of_it(name: str, flown: Cast, outsider: Client) -> None:
    assert "ALPHA" not in str(get(outsider, name))


@pytest.mark.parametrize(
    "query",
    [
        {"start": "2026-05-01", "end": "2026-05-01"},
        {"start": "2026-05-02", "end": "2026-05-01"},
        {"start": "yesterday"},
        {"end": "2026-02-30"},
        {"start": "0001-01-01"},
        {"end": "9999-12-31"},
        {"start": "1990-01-01", "end": "2026-01-01"},
        {"aircraft": "ALPHA-1"},
        {"aircraft_type": "zeppelin"},
    ],
)
@pytest.mark.parametrize("name", OF_A_PERIOD)
def test_question_that_makes_no_sense_is_refused(
    name: str, query: dict[str, str], alpha: Cast, viewer: Client
) -> None:
    response = viewer.get(f"/api/v1/analytics/{name}/", query)
    assert response.status_code == 400
    assert response.json()["code"] == "invalid"
    assert "ETag" not in response.headers


@pytest.mark.parametrize("name", PATHS)
def test_tag_stays_while_the_figures_do(
    name: str, flown: Cast, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a minute later the age is another, in the header and not in the content."""
    path = f"/api/v1/analytics/{name}/"
    first = viewer.get(path)
    monkeypatch.setattr(timezone, "now", lambda: AT + timedelta(minutes=1))
    again = viewer.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert not first.headers["ETag"].startswith("W/")
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert (first.headers["Figures-Age"], again.headers["Figures-Age"]) == ("420", "480")
    other = viewer.get(path, headers={"If-None-Match": '"something else"'})
    assert (other.status_code, other.content) == (200, first.content)


@pytest.mark.parametrize("name", PATHS)
def test_tag_changes_with_the_figures(name: str, flown: Cast, viewer: Client) -> None:
    path = f"/api/v1/analytics/{name}/"
    first = viewer.get(path)
    with tenant_context(flown.organization):
        fly(flown, AT - timedelta(days=1), risk=0.5, findings=(("motor", "critical"),))
        refresh_figures(at=AT)
    then = viewer.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert then.status_code == 200
    assert then.headers["ETag"] != first.headers["ETag"]


def test_tags_of_different_questions_differ(flown: Cast, viewer: Client) -> None:
    tags = [viewer.get(f"/api/v1/analytics/{name}/").headers["ETag"] for name in PATHS]
    assert len(set(tags)) == len(PATHS)


def test_head_has_the_tag_of_get(flown: Cast, viewer: Client) -> None:
    head = viewer.head("/api/v1/analytics/summary/")
    assert head.content == b""
    assert head.headers["ETag"] == viewer.get("/api/v1/analytics/summary/").headers["ETag"]


def test_key_needs_a_scope_that_opens_analytics(flown: Cast) -> None:
    owner = flown.members[Role.ADMIN]

    def status(scope: str) -> int:
        with tenant_context(flown.organization):
            _, text = create_api_key(owner=owner, name=scope, scopes=(scope,), actor=owner)
        headers = {"Authorization": f"Bearer {text}"}
        return Client().get("/api/v1/analytics/summary/", headers=headers).status_code

    assert status("analytics:read") == status("read") == 200
    assert status("telemetry:write") == status("analysis:read") == 403


def test_pilot_is_refused(flown: Cast, sign_in: Callable[[Membership], Client]) -> None:
    pilot = sign_in(flown.members[Role.PILOT])
    for name in PATHS:
        response = pilot.get(f"/api/v1/analytics/{name}/")
        assert response.status_code == 403
        assert "Figures-Age" not in response.headers


@pytest.mark.parametrize("name", PATHS)
def test_many_rows_cost_the_queries_of_few(name: str, flown: Cast, viewer: Client) -> None:
    path = f"/api/v1/analytics/{name}/"
    viewer.get(path)
    few = queries(viewer, path)
    with tenant_context(flown.organization):
        for number in range(10):
            another = make_aircraft(f"ALPHA-X{number}", "vtol")
            fly(flown, AT - timedelta(days=number), aircraft=another, risk=0.3,
                findings=(("motor", "warning"),), pilot=flown.members[Role.values[number % 6]],
                )  # fmt: skip
        refresh_figures(at=AT)
    many = queries(viewer, path)
    assert len(many) == len(few), "\n".join(many)
