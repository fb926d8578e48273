"""Cache policies in the platform's admin: read, edited within reason, purged and on record."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.choices import Role
from aviation.audit.models import AuditEvent
from aviation.caching import figures
from aviation.caching.models import CachePolicy
from aviation.caching.registry import REGISTRY
from aviation.tenants.context import platform_context
from tests.conftest import Cast

PLACE = "/admin/caching/cachepolicy/"


def form(**values: Any) -> dict[str, Any]:
    given = {"kind": "hybrid", "lifetime_s": 21_600, "invalidation": ["event", "manual"]}
    return given | {"is_on": "on"} | values


def change(staff: Client, name: str = "aircraft_registry", **values: Any) -> Any:
    return staff.post(f"{PLACE}{name}/change/", form(**values))


def policy(name: str = "aircraft_registry") -> CachePolicy:
    return CachePolicy.objects.get(pk=name)


def test_every_registered_policy_has_its_row(db: None) -> None:
    """As the task asks for them, and as the code falls back to."""
    rows = {each.pk: each for each in CachePolicy.objects.all()}
    assert rows.keys() == REGISTRY.keys()
    for name, registered in REGISTRY.items():
        row = rows[name]
        assert (row.kind, row.lifetime_s) == (registered.kind, registered.lifetime_s)
        assert frozenset(row.invalidation) == registered.invalidation
    lives = {name: row.lifetime_s for name, row in rows.items()}
    assert lives["flight_analysis"] == 7_200
    assert lives["aircraft_registry"] == 21_600
    assert (lives["sessions"], lives["rate_limits"], lives["system_health"]) == (1_800, 60, 300)


def test_list_tells_how_each_is_kept_and_what_it_is_worth(staff: Client) -> None:
    text = staff.get(PLACE).content.decode()
    for words in ("flight_analysis", "2 h", "6 h", "Hit rate", "Time saved", "Without redis"):
        assert words.lower() in text.lower()
    assert f"{PLACE}sessions/purge/" in text


def test_list_opens_while_redis_does_not_answer(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_policy: str) -> None:
        raise ConnectionError

    monkeypatch.setattr(figures, "counted_of", away)
    monkeypatch.setattr("accounts.caching_admin._remembered.kept_s", 0.0)
    response = staff.get(PLACE)
    assert response.status_code == 200
    assert "Redis does not answer" in response.content.decode()


def test_policy_s_page_tells_what_it_keeps(staff: Client) -> None:
    for name, registered in REGISTRY.items():
        text = staff.get(f"{PLACE}{name}/change/").content.decode()
        assert registered.what.split(":")[0].replace("'", "&#x27;") in text


def test_policy_is_changed(staff: Client) -> None:
    assert change(staff, lifetime_s=60, kind="redis", is_on="").status_code == 302
    changed = policy()
    assert (changed.lifetime_s, changed.kind, changed.is_on) == (60, "redis", False)


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("aircraft_registry", {"lifetime_s": 0}, "greater than or equal to 1"),
        ("aircraft_registry", {"lifetime_s": 10**7}, "less than or equal to 604800"),
        ("aircraft_registry", {"invalidation": ["manual"]}, "would not see their own changes"),
        ("aircraft_registry", {"invalidation": []}, "required"),
        ("aircraft_registry", {"kind": "paper"}, "valid choice"),
        ("sessions", {"invalidation": ["event"]}, "No change in the database is noted"),
        (
            "aircraft_registry",
            {"kind": "memory", "invalidation": ["event", "pattern"]},
            "kept in Redis",
        ),
    ],
)
def test_bad_values_come_back_with_the_form(
    staff: Client, name: str, values: dict[str, Any], words: str
) -> None:
    before = CachePolicy.objects.filter(pk=name).values().get()
    response = change(staff, name, **values)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert CachePolicy.objects.filter(pk=name).values().get() == before


def test_policies_are_neither_added_nor_deleted(staff: Client) -> None:
    assert staff.get(f"{PLACE}add/").status_code == 403
    assert staff.post(f"{PLACE}sessions/delete/", {"post": "yes"}).status_code == 403


def test_purge_asks_first_and_then_purges(staff: Client) -> None:
    before = policy().edition
    asked = staff.get(f"{PLACE}aircraft_registry/purge/")
    assert asked.status_code == 200
    assert "Purge aircraft_registry?" in asked.content.decode()
    assert policy().edition == before
    done = staff.post(
        f"{PLACE}aircraft_registry/purge/", {"reason": "After a restore"}, follow=True
    )
    assert "aircraft_registry is purged." in done.content.decode()
    assert policy().edition == before + 1
    assert policy().purged_at is not None


def test_purge_is_on_record_with_who_and_why(staff: Client) -> None:
    staff.post(f"{PLACE}aircraft_registry/purge/", {"reason": "After a restore"})
    with platform_context(), transaction.atomic():
        event = AuditEvent.objects.filter(action="cache.purged").order_by("-id")[0]
        assert event.object_id == "aircraft_registry"
        assert event.reason == "After a restore"
        assert event.actor_id is not None


def test_policy_without_manual_has_no_purge(staff: Client) -> None:
    with platform_context(), transaction.atomic():
        CachePolicy.objects.filter(pk="sessions").update(invalidation=["time"])
    assert "Not by hand" in staff.get(PLACE).content.decode()
    assert staff.post(f"{PLACE}sessions/purge/").status_code == 403


@pytest.mark.parametrize("role", Role.values)
def test_members_of_organizations_purge_nothing(alpha: Cast, sign_in: Any, role: str) -> None:
    member = sign_in(alpha.members[role])
    before = policy().edition
    assert member.get(PLACE).status_code == 403
    assert member.post(f"{PLACE}aircraft_registry/purge/").status_code == 403
    # An organization's own admin answers as it does for any address that does not exist.
    fleet_admin = f"{alpha.home}admin/"
    invented = member.post(f"{fleet_admin}no/such/").status_code
    assert invented in (403, 404)
    assert member.post(f"{fleet_admin}caching/cachepolicy/").status_code == invented
    assert policy().edition == before


def test_stranger_is_asked_to_sign_in(db: None) -> None:
    response = Client().post(f"{PLACE}aircraft_registry/purge/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/sign-in/")


def test_purge_needs_the_form_s_own_token(staff: Client) -> None:
    """Another site cannot make somebody's browser do it."""
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = staff.cookies
    assert strict.post(f"{PLACE}aircraft_registry/purge/").status_code == 403


def test_first_page_tells_of_the_installation_and_says_as_of_when(staff: Client) -> None:
    text = staff.get("/admin/").content.decode()
    for title in ("Size of the database", "Free for log files", "People signed in"):
        assert title in text
    assert "as of" in text
