"""Who enters the fleet admin, and that nothing of another organization is in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from accounts.services import add_member
from aviation.flights.models import FlightSession
from aviation.tenants.context import tenant_context
from tests.api.build import Things
from tests.conftest import Cast

LISTS = (
    "fleet/aircraft/",
    "flights/flightsession/",
    "flights/flightlog/",
    "mlresults/analysis/",
    "mlresults/finding/",
    "accounts/membership/",
    "analytics/wearweights/",
)
MAY_ENTER = {Role.ADMIN, Role.MANAGER, Role.ANALYST}


def path(cast: Cast, rest: str = "") -> str:
    return f"{cast.home}admin/{rest}"


def pages_of(things: Things) -> list[str]:
    """The page of each thing."""
    return [
        f"fleet/aircraft/{things.aircraft.pk}/change/",
        f"flights/flightsession/{things.flight.pk}/change/",
        f"flights/flightlog/{things.log.pk}/change/",
        f"mlresults/analysis/{things.analysis.pk}/change/",
        f"mlresults/finding/{things.finding.pk}/change/",
    ]


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("page", ["", *LISTS])
def test_role_decides_who_enters(
    page: str, role: str, alpha: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    status = sign_in(alpha.members[role]).get(path(alpha, page)).status_code
    is_members_list = page == "accounts/membership/"
    may = role in MAY_ENTER and not (is_members_list and role == Role.ANALYST)
    assert status == (200 if may else 403)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("page", ["", "search/?s=a", "autocomplete/", "jsi18n/", *LISTS])
def test_pilot_gets_nothing_by_any_route(
    page: str, method: str, alpha: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    pilot = sign_in(alpha.members[Role.PILOT])
    assert getattr(pilot, method)(path(alpha, page)).status_code == 403


def test_every_page_of_a_thing_opens(manager: Client, alpha: Cast, things: Things) -> None:
    for page in pages_of(things):
        response = manager.get(path(alpha, page))
        assert response.status_code == 200, page
        assert "ALPHA-1" in response.content.decode(), page


@pytest.mark.parametrize("page", ["login/", "logout/", "password_change/"])
def test_admin_has_no_sign_in_of_its_own(page: str, manager: Client, alpha: Cast) -> None:
    assert manager.get(path(alpha, page)).status_code == 404


def test_admin_looks_nothing_up_by_bare_id(manager: Client, alpha: Cast, things: Things) -> None:
    """Django's "view on site" would fetch any object of any kind."""
    kind = ContentType.objects.get_for_model(FlightSession)
    assert manager.get(path(alpha, f"r/{kind.pk}/{things.flight.pk}/")).status_code == 404


@pytest.mark.parametrize("page", LISTS)
@pytest.mark.parametrize("query", ["", "?q=bravo", "?q=B", "?_facets=True", "?all="])
def test_lists_show_nothing_of_the_other_organization(
    page: str, query: str, manager: Client, alpha: Cast, theirs: Things
) -> None:
    text = manager.get(path(alpha, page + query)).content.decode()
    assert "BRAVO" not in text
    assert "bravo.example.org" not in text
    assert not [known for known in theirs.ids.values() if str(known) in text]


def test_pages_of_foreign_things_are_those_of_nothing(
    manager: Client, alpha: Cast, theirs: Things
) -> None:
    """Django sends both back to the index with the id asked for in a message."""
    for page in pages_of(theirs):
        response = manager.get(path(alpha, page))
        assert response.headers["Location"] == path(alpha)
        text = manager.get(path(alpha)).content.decode()
        assert "BRAVO" not in text


@pytest.mark.parametrize("extended", ["", "&extended=1"])
def test_search_finds_own_things_only(
    extended: str, manager: Client, alpha: Cast, things: Things, theirs: Things
) -> None:
    own = manager.get(path(alpha, f"search/?s=alpha{extended}")).content.decode()
    assert "ALPHA-1" in own
    assert f"{alpha.home}admin/fleet/aircraft/{things.aircraft.pk}/change/" in own
    assert "BRAVO" not in manager.get(path(alpha, f"search/?s=bravo{extended}")).content.decode()


def test_search_is_not_carried_into_the_next_organization(
    manager: Client, alpha: Cast, bravo: Cast, things: Things
) -> None:
    """The same person and words, in another organization: another answer."""
    add_member(organization=bravo.organization, email="manager@alpha.example.org", role="manager")
    manager.get(path(alpha, "search/?s=one"))
    text = manager.get(path(bravo, "search/?s=one")).content.decode()
    assert "BRAVO-1" in text
    assert "ALPHA-1" not in text


def autocomplete(client: Client, cast: Cast, field: str, term: str = "") -> list[str]:
    query = {
        "app_label": "flights",
        "model_name": "flightsession",
        "field_name": field,
        "term": term,
    }
    results = client.get(path(cast, "autocomplete/"), query).json()["results"]
    return [each["text"] for each in results]


def test_autocomplete_offers_own_aircraft_and_members_only(
    manager: Client, alpha: Cast, bravo: Cast
) -> None:
    add_member(organization=bravo.organization, email="manager@alpha.example.org", role="manager")
    assert autocomplete(manager, alpha, "aircraft") == ["ALPHA-1 (Alpha One)"]
    people = autocomplete(manager, alpha, "pilot")
    assert len(people) == 6
    assert all(name.startswith("Alpha ") for name in people)
    assert autocomplete(manager, alpha, "aircraft", "bravo") == []


def test_autocomplete_offers_no_former_members(manager: Client, alpha: Cast) -> None:
    from django.utils import timezone

    with tenant_context(alpha.organization):
        Membership.objects.filter(pk=alpha.members[Role.USER].pk).update(ended_at=timezone.now())
    assert "Alpha User" not in autocomplete(manager, alpha, "pilot")


def plan(client: Client, cast: Cast, **values: Any) -> Any:
    body = {
        "aircraft": str(cast.aircraft.pk),
        "pilot": str(cast.members[Role.PILOT].pk),
        "started_at_0": "2026-06-01",
        "started_at_1": "08:00:00",
        "notes": "",
    }
    return client.post(path(cast, "flights/flightsession/add/"), body | values)


def test_foreign_ids_posted_past_the_form_are_refused(
    manager: Client, alpha: Cast, bravo: Cast
) -> None:
    """Also the person's own membership elsewhere, which the database lets them see."""
    elsewhere = add_member(
        organization=bravo.organization, email="manager@alpha.example.org", role="manager"
    )
    for values in (
        {"pilot": str(bravo.members[Role.PILOT].pk)},
        {"pilot": str(elsewhere.pk)},
        {"aircraft": str(bravo.aircraft.pk)},
    ):
        assert plan(manager, alpha, **values).status_code == 200  # the form again, with errors
    with tenant_context(alpha.organization):
        assert not FlightSession.objects.exists()


def test_staff_of_the_platform_are_strangers_in_an_organization(staff: Client, alpha: Cast) -> None:
    assert staff.get(path(alpha)).status_code == 404


def test_policy_is_relaxed_for_the_admin_alone(manager: Client, alpha: Cast) -> None:
    inside = manager.get(path(alpha)).headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval';" in inside + ";"
    assert "style-src 'self' 'unsafe-inline';" in inside + ";"
    refused = manager.get(path(alpha, "nothing/")).headers["Content-Security-Policy"]
    outside = manager.get("/api/v1/aircraft/").headers["Content-Security-Policy"]
    assert "unsafe" not in outside
    assert "unsafe" not in refused


def test_sign_out_goes_to_the_products_own(manager: Client, alpha: Cast) -> None:
    text = manager.get(path(alpha)).content.decode()
    assert 'method="post" action="/sign-out/"' in text
    assert f'href="{alpha.home}flights/"' in text


def test_nothing_is_loaded_from_elsewhere(manager: Client, alpha: Cast, things: Things) -> None:
    for page in ("", *LISTS, *pages_of(things)):
        text = manager.get(path(alpha, page)).content.decode()
        for attribute in ('src="http', 'href="http', 'src="//', 'href="//'):
            assert attribute not in text, page


def test_index_leads_to_the_dashboards(alpha: Cast, manager: Client) -> None:
    page = manager.get(path(alpha)).content
    for dashboard in ("", "activity/", "risk/", "maintenance/"):
        assert f'href="{alpha.home}analytics/{dashboard}"'.encode() in page
