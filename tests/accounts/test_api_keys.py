"""API keys: who may make, rotate and revoke them, and what they open."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api_keys import facts
from accounts.api_keys.authentication import find_key_caller
from accounts.api_keys.services import create_api_key, revoke_api_key, rotate_api_key
from accounts.callers import CallerKind, CredentialRefused
from accounts.choices import Role
from accounts.models import ApiKey, Membership
from accounts.roles import Action, Resource
from aviation.audit.models import AuditEvent
from aviation.common.errors import Conflict, NotAllowed, Rejected
from tests.accounts.keys import made, present, seen_anew
from tests.conftest import Cast

AIRCRAFT = "/api/v1/aircraft/"


def test_key_opens_its_organizations_api(in_alpha: Cast) -> None:
    _, text = made(in_alpha, Role.MANAGER, "read")
    answer = present(text).get(AIRCRAFT)
    assert answer.status_code == 200
    assert [each["registration"] for each in answer.json()["results"]] == ["ALPHA-1"]


def test_key_does_not_open_another_organization(in_alpha: Cast, bravo: Cast) -> None:
    _, text = made(in_alpha, Role.MANAGER, "read")
    assert present(text).get(f"/o/bravo{AIRCRAFT}").status_code == 404


def test_key_acts_for_its_owner_with_its_scopes(in_alpha: Cast) -> None:
    key, text = made(in_alpha, Role.MANAGER, "telemetry:write", rate_limit_per_minute=77)
    caller = find_key_caller(text, address="192.0.2.1")
    assert (caller.kind, caller.credential_id) == (CallerKind.API_KEY, key.key_id)
    assert caller.rate_limit_per_minute == 77
    assert caller.membership == in_alpha.members[Role.MANAGER]
    assert caller.membership.may(Action.ADD, Resource.TELEMETRY)
    assert not caller.membership.may(Action.VIEW, Resource.FLIGHT)


def test_callers_share_no_membership(in_alpha: Cast) -> None:
    _, text = made(in_alpha, Role.MANAGER, "read")
    first = find_key_caller(text, address="").membership
    first.role, first.user.email = Role.ADMIN, "changed@example.org"
    second = find_key_caller(text, address="").membership
    assert (second.role, second.user.email) == (Role.MANAGER, "manager@alpha.example.org")


def test_key_without_the_right_secret_is_refused(in_alpha: Cast) -> None:
    _, text = made(in_alpha, Role.MANAGER, "read")
    from accounts.api_keys.format import KeyText, parse

    known = parse(text)
    assert known is not None
    forged = str(KeyText(known.key_id, "x" * 40))
    with pytest.raises(CredentialRefused):
        find_key_caller(forged, address="")


def test_digest_copied_to_another_key_opens_nothing(in_alpha: Cast) -> None:
    mine, text = made(in_alpha, Role.MANAGER, "read")
    other, _ = made(in_alpha, Role.ADMIN, "admin")
    ApiKey.objects.filter(pk=other.pk).update(digest=mine.digest)
    seen_anew(other)
    from accounts.api_keys.format import KeyText, parse

    known = parse(text)
    assert known is not None
    with pytest.raises(CredentialRefused):
        find_key_caller(str(KeyText(other.key_id, known.secret)), address="")


def test_expired_key_is_refused_at_once(in_alpha: Cast) -> None:
    key, text = made(in_alpha, Role.MANAGER, "read")
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())
    seen_anew(key)
    assert present(text).get(AIRCRAFT).status_code == 401


@pytest.mark.parametrize(
    ("networks", "address", "status"),
    [
        (["192.0.2.0/24"], "192.0.2.9", 200),
        (["192.0.2.0/24"], "198.51.100.9", 401),
        (["192.0.2.0/24", "2001:db8::/48"], "2001:db8:0:7::1", 200),
        (["2001:db8::/48"], "2001:db9::1", 401),
        (["2001:db8::/48"], "192.0.2.9", 401),
        (["192.0.2.9"], "::ffff:192.0.2.9", 200),
    ],
)
def test_key_works_from_its_networks_only(
    in_alpha: Cast, networks: list[str], address: str, status: int
) -> None:
    _, text = made(in_alpha, Role.MANAGER, "read", networks=networks)
    assert present(text, address).get(AIRCRAFT).status_code == status


def _revoke(key: ApiKey) -> None:
    revoke_api_key(key=key, actor=None)


def _end_membership(key: ApiKey) -> None:
    Membership.objects.filter(pk=key.owner_id).update(ended_at=timezone.now())


def _disable_owner(key: ApiKey) -> None:
    key.owner.user.is_active = False
    key.owner.user.save(update_fields=["is_active"])


def _lower_role(key: ApiKey) -> None:
    Membership.objects.filter(pk=key.owner_id).update(role=Role.READONLY)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let the memory of keys believe that seconds have passed."""
    real = time.monotonic
    return lambda seconds: monkeypatch.setattr(facts._keys, "clock", lambda: real() + seconds)


@pytest.mark.parametrize(
    ("change", "status"),
    [(_revoke, 401), (_end_membership, 401), (_disable_owner, 401), (_lower_role, 403)],
)
def test_lost_power_is_noticed_within_five_seconds(
    in_alpha: Cast,
    later: Callable[[float], None],
    change: Callable[[ApiKey], None],
    status: int,
) -> None:
    """A17: in whatever process the key was used last."""
    key, text = made(in_alpha, Role.MANAGER, "write")
    create = {"registration": "NEW-1", "name": "New", "aircraft_type": "multirotor"}
    assert present(text).post(AIRCRAFT, create, "application/json").status_code == 201
    change(key)
    later(facts.REMEMBERED_S + 0.1)
    assert facts.REMEMBERED_S < 5
    again = create | {"registration": "NEW-2"}
    assert present(text).post(AIRCRAFT, again, "application/json").status_code == status


def test_suspended_organizations_keys_are_refused(in_alpha: Cast) -> None:
    key, text = made(in_alpha, Role.MANAGER, "read")
    organization = in_alpha.organization
    type(organization).objects.filter(pk=organization.pk).update(status="suspended")
    seen_anew(key)
    assert present(text).get(AIRCRAFT).status_code == 401


def test_old_and_new_key_work_during_the_overlap(in_alpha: Cast) -> None:
    """A15: and the old one fails at the first request after it."""
    old, old_text = made(in_alpha, Role.MANAGER, "read")
    _, new_text = rotate_api_key(key=old, actor=in_alpha.members[Role.MANAGER])
    seen_anew(old)
    assert [present(t).get(AIRCRAFT).status_code for t in (old_text, new_text)] == [200, 200]
    old.refresh_from_db()
    assert old.expires_at is not None
    assert timedelta(hours=23.9) < old.expires_at - timezone.now() <= timedelta(hours=24)


def test_rotated_key_fails_at_the_first_request_after_the_overlap(
    in_alpha: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A15: without waiting for anything to be read anew."""
    old, old_text = made(in_alpha, Role.MANAGER, "read")
    _, new_text = rotate_api_key(key=old, actor=in_alpha.members[Role.MANAGER])
    seen_anew(old)
    find_key_caller(old_text, address="")
    after = timezone.now() + timedelta(hours=24, seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: after)
    with pytest.raises(CredentialRefused):
        find_key_caller(old_text, address="")
    assert find_key_caller(new_text, address="")


def test_rotation_does_not_lengthen_a_short_life(in_alpha: Cast) -> None:
    ends = timezone.now() + timedelta(hours=2)
    old, _ = made(in_alpha, Role.MANAGER, "read", expires_at=ends)
    rotate_api_key(key=old, actor=in_alpha.members[Role.MANAGER])
    old.refresh_from_db()
    assert old.expires_at == ends


def test_key_is_rotated_once(in_alpha: Cast) -> None:
    old, _ = made(in_alpha, Role.MANAGER, "read")
    rotate_api_key(key=old, actor=in_alpha.members[Role.MANAGER])
    with pytest.raises(Conflict):
        rotate_api_key(key=old, actor=in_alpha.members[Role.MANAGER])


def test_nobody_makes_a_key_that_acts_for_somebody_else(in_alpha: Cast) -> None:
    with pytest.raises(NotAllowed):
        create_api_key(
            owner=in_alpha.members[Role.ADMIN],
            name="Mine",
            scopes=["admin"],
            actor=in_alpha.members[Role.MANAGER],
        )


def test_nobody_rotates_somebody_elses_key(in_alpha: Cast) -> None:
    key, _ = made(in_alpha, Role.ADMIN, "admin")
    with pytest.raises(NotAllowed):
        rotate_api_key(key=key, actor=in_alpha.members[Role.MANAGER])


def test_pilot_makes_no_key(in_alpha: Cast) -> None:
    pilot = in_alpha.members[Role.PILOT]
    with pytest.raises(NotAllowed):
        create_api_key(owner=pilot, name="Mine", scopes=["read"], actor=pilot)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scopes": []}, "Choose"),
        ({"scopes": ["everything"]}, "no scope"),
        ({"scopes": ["audit:read"]}, "viewer"),
        ({"name": "  "}, "name"),
        ({"networks": ["not a network"]}, "no network"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expired"),
        ({"rate_limit_per_minute": 0}, "limit"),
    ],
)
def test_senseless_key_is_refused_with_a_reason(
    in_alpha: Cast, changes: dict[str, object], message: str
) -> None:
    wishes: dict[str, object] = {"name": "Key", "scopes": ["read"]} | changes
    owner = in_alpha.members[Role.READONLY]
    with pytest.raises(Rejected, match=message):
        create_api_key(owner=owner, actor=None, **wishes)  # type: ignore[arg-type]
    assert not ApiKey.objects.filter(owner=owner).exists()


def test_changes_by_a_key_name_it_in_the_audit_trail(in_alpha: Cast) -> None:
    key, text = made(in_alpha, Role.MANAGER, "write")
    create = {"registration": "NEW-1", "name": "New", "aircraft_type": "multirotor"}
    assert present(text).post(AIRCRAFT, create, "application/json").status_code == 201
    event = AuditEvent.objects.filter(table_name="aircraft").latest("id")
    assert event.actor_id == in_alpha.members[Role.MANAGER].user_id
    assert event.actor_name == f"API key {key.key_id}"


def test_key_is_audited_without_its_digest(in_alpha: Cast) -> None:
    key, _ = made(in_alpha, Role.MANAGER, "read")
    event = AuditEvent.objects.get(table_name="api_key", object_id=str(key.pk))
    assert event.after is not None
    assert event.after["key_id"] == key.key_id
    assert "digest" not in event.after


@pytest.fixture(autouse=True)
def _no_memory() -> Iterator[None]:
    yield
    facts._keys.clear()


def test_unknown_key_is_asked_for_once(
    alpha: Cast, django_assert_num_queries: Callable[..., object], client: Client
) -> None:
    from accounts.api_keys.format import make

    text = str(make())
    for _ in range(3):
        with pytest.raises(CredentialRefused):
            find_key_caller(text, address="")
    with django_assert_num_queries(0), pytest.raises(CredentialRefused):  # type: ignore[attr-defined]
        find_key_caller(text, address="")
