"""The trail in the admin: the organization's own, for those who may, to look at and to search."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership, User
from aviation.audit.events import record_event
from aviation.audit.models import AuditEvent
from aviation.fleet.models import Aircraft
from aviation.tenants.context import (
    Origin,
    acting_as,
    coming_from,
    platform_context,
    tenant_context,
)
from tests.conftest import Cast
from tests.queries import noted

TRAIL = "admin/audit/auditevent/"


@pytest.fixture
def renamed(alpha: Cast) -> Aircraft:
    """An aircraft added and renamed by Alpha's manager."""
    manager = alpha.members[Role.MANAGER]
    with (
        tenant_context(alpha.organization),
        acting_as(manager.user_id),
        coming_from(Origin("192.0.2.77", "request-77")),
    ):
        aircraft = Aircraft.objects.create(registration="TOLD-1", name="First name")
        Aircraft.objects.filter(pk=aircraft.pk).update(name="Second name")
    return aircraft


@pytest.fixture
def staff(db: None) -> Iterator[Client]:
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.org", "a long enough one"))
    return client


def page(client: Client, cast: Cast, rest: str = "") -> str:
    response = client.get(f"{cast.home}{TRAIL}{rest}")
    assert response.status_code == 200
    return response.content.decode()


def event_of(cast: Cast, aircraft: Aircraft) -> AuditEvent:
    with tenant_context(cast.organization):
        return AuditEvent.objects.of_object("aircraft", aircraft.pk)[0]


@pytest.mark.parametrize("role", Role.values)
def test_role_decides_who_sees_the_trail(
    role: str, alpha: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    response = sign_in(alpha.members[role]).get(f"{alpha.home}{TRAIL}")
    assert response.status_code == (200 if role in {Role.ADMIN, Role.MANAGER} else 403)


def test_list_tells_who_did_what(manager: Client, alpha: Cast, renamed: Aircraft) -> None:
    text = page(manager, alpha)
    assert "Changed aircraft" in text
    assert "Added aircraft" in text
    assert "Alpha Manager" in text
    assert "192.0.2.77" in text


def test_event_s_page_shows_before_and_after(
    manager: Client, alpha: Cast, renamed: Aircraft
) -> None:
    text = page(manager, alpha, f"{event_of(alpha, renamed).pk}/change/")
    assert "First name" in text
    assert "Second name" in text
    assert "request-77" in text


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("rest", ["add/", "{}/delete/"])
def test_nobody_adds_or_deletes(
    manager: Client, alpha: Cast, renamed: Aircraft, method: str, rest: str
) -> None:
    path = f"{alpha.home}{TRAIL}{rest.format(event_of(alpha, renamed).pk)}"
    assert getattr(manager, method)(path).status_code == 403


def test_nobody_changes(manager: Client, alpha: Cast, renamed: Aircraft) -> None:
    event = event_of(alpha, renamed)
    response = manager.post(f"{alpha.home}{TRAIL}{event.pk}/change/", {"reason": "never happened"})
    assert response.status_code == 403
    assert event_of(alpha, renamed).reason == ""


def test_other_organization_sees_none_of_it(
    outsider: Client, alpha: Cast, bravo: Cast, renamed: Aircraft
) -> None:
    event = event_of(alpha, renamed)
    assert "192.0.2.77" not in page(outsider, bravo, "?days=all")
    assert "192.0.2.77" not in page(outsider, bravo, f"?days=all&q={renamed.pk}")
    response = outsider.get(f"{bravo.home}{TRAIL}{event.pk}/change/")
    assert response.status_code == 302
    history = outsider.get(f"{bravo.home}admin/fleet/aircraft/{renamed.pk}/history/")
    assert history.status_code == 302


@pytest.mark.parametrize(
    "query", ["{id}", "192.0.2.77", "request-77", "Alpha Manager", "manager@alpha.example.org"]
)
def test_search_finds_object_address_request_and_person(
    manager: Client, alpha: Cast, renamed: Aircraft, query: str
) -> None:
    text = page(manager, alpha, f"?q={query.format(id=renamed.pk)}")
    assert str(renamed.pk)[:8] in text
    assert "0 audit events" not in text


@pytest.mark.parametrize("query", ["nobody at all", "192.0.2.78", "%00", "staff@example.org"])
def test_search_for_what_is_not_there_finds_nothing(
    manager: Client, staff: Client, alpha: Cast, renamed: Aircraft, query: str
) -> None:
    """The platform's staff are not found by name, though they may have acted here."""
    with (
        tenant_context(alpha.organization),
        acting_as(User.objects.get(email="staff@example.org").pk),
    ):
        Aircraft.objects.filter(pk=renamed.pk).update(name="By staff")
    text = page(manager, alpha, f"?q={query}")
    assert ("192.0.2.77" in text) == (query == "%00")
    assert "By staff" not in text


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("action=update", True),
        ("action=delete", False),
        ("action=named", False),
        ("table_name=aircraft", True),
        ("table_name=flight", False),
        ("actor_kind=person", True),
        ("actor_kind=system", False),
        ("days=1", True),
        ("days=all", True),
        ("days=nonsense", True),
    ],
)
def test_filters_narrow(
    manager: Client, alpha: Cast, renamed: Aircraft, query: str, is_found: bool
) -> None:
    assert ("192.0.2.77" in page(manager, alpha, f"?{query}")) == is_found


def test_list_costs_the_same_with_more_events(
    manager: Client, alpha: Cast, renamed: Aircraft
) -> None:
    def cost(query: str) -> int:
        with noted() as asked:
            page(manager, alpha, query)
        return len(asked)

    page(manager, alpha)  # the session notes the organization on the first visit
    few = [cost(""), cost("?action=update")]
    with tenant_context(alpha.organization):
        for number in range(30):
            record_event("some.event", reason=str(number))
    assert [cost(""), cost("?action=update")] == few


def test_object_s_history_is_the_trail_s(manager: Client, alpha: Cast, renamed: Aircraft) -> None:
    path = f"{alpha.home}admin/fleet/aircraft/{renamed.pk}/"
    assert f"{renamed.pk}/history/" in manager.get(f"{path}change/").content.decode()
    text = manager.get(f"{path}history/").content.decode()
    assert text.index("Changed aircraft") < text.index("Added aircraft")
    assert "First name" in text
    assert "Alpha Manager" in text


def test_history_is_for_those_who_may_see_the_trail(
    alpha: Cast, renamed: Aircraft, sign_in: Callable[[Membership], Client]
) -> None:
    analyst = sign_in(alpha.members[Role.ANALYST])
    path = f"{alpha.home}admin/fleet/aircraft/{renamed.pk}/"
    assert f"{renamed.pk}/history/" not in analyst.get(f"{path}change/").content.decode()
    assert analyst.get(f"{path}history/").status_code == 403


def test_history_of_nothing_is_not_there(manager: Client, alpha: Cast) -> None:
    response = manager.get(f"{alpha.home}admin/fleet/aircraft/{uuid.uuid4()}/history/")
    assert response.status_code == 302


def test_values_are_escaped(manager: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        aircraft = Aircraft.objects.create(registration="X-1", name="<script>alert(1)</script>")
    text = manager.get(f"{alpha.home}admin/fleet/aircraft/{aircraft.pk}/history/").content.decode()
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text


def test_platform_sees_all_organizations(
    staff: Client, alpha: Cast, bravo: Cast, renamed: Aircraft
) -> None:
    with platform_context():
        record_event("some.event", reason="of the platform")
    text = staff.get("/admin/audit/auditevent/").content.decode()
    assert "192.0.2.77" in text
    assert "of the platform" in text
    assert "alpha" in text


def test_platform_s_page_of_an_event_opens(staff: Client, alpha: Cast, renamed: Aircraft) -> None:
    event = event_of(alpha, renamed)
    text = staff.get(f"/admin/audit/auditevent/{event.pk}/change/").content.decode()
    assert "Second name" in text
    assert staff.post(f"/admin/audit/auditevent/{event.pk}/delete/").status_code == 403


def test_person_of_no_organization_gets_no_trail(alpha: Cast, manager: Client) -> None:
    assert manager.get("/admin/audit/auditevent/").status_code == 403
