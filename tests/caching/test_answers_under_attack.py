"""Kept answers in many hands at once: each caller gets its own, and who lost its standing none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.test import Client

from accounts.answers.packing import pack, unpack
from accounts.api_keys import facts
from accounts.api_keys.format import KeyText, parse
from accounts.choices import Role
from accounts.members.services import end_membership
from accounts.models import User
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.services import suspend_organization
from tests.accounts.keys import made, present, seen_anew
from tests.caching.test_answers import AIRCRAFT, key_of
from tests.conftest import Cast, make_cast
from tests.isolation.crowd import in_threads

TIMES = 25


def test_crowd_of_two_organizations_and_strangers_gets_each_its_own(
    fresh_organization: Cast,
) -> None:
    """T15, with all of them asking at the same time; a wrong secret with a right name is one."""
    other = make_cast(f"{fresh_organization.organization.slug}-b")
    casts = (fresh_organization, other)
    keys = [key_of(cast) for cast in casts]
    wrong = [str(KeyText(key_id_of(key), "0" * 40)) for key in keys]

    def ask(number: int) -> list[object]:
        which = number % 2
        client = present((wrong if number >= 6 else keys)[which])
        answers = [client.get(AIRCRAFT) for _ in range(TIMES)]
        if number >= 6:
            return [each.status_code for each in answers]
        return [each.json()["results"][0]["id"] for each in answers]

    told = in_threads(8, ask)
    for number in range(6):
        assert set(told[number]) == {str(casts[number % 2].aircraft.pk)}
    assert set(told[6]) | set(told[7]) == {401}


def key_id_of(text: str) -> str:
    key = parse(text)
    assert key is not None
    return key.key_id


def suspend(cast: Cast) -> None:
    suspend_organization(slug=cast.organization.slug)


def remove(cast: Cast) -> None:
    with tenant_context(cast.organization), transaction.atomic():
        end_membership(actor=cast.members[Role.ADMIN], member=cast.members[Role.MANAGER])


def disable(cast: Cast) -> None:
    with platform_context(), transaction.atomic():
        User.objects.filter(pk=cast.members[Role.MANAGER].user_id).update(is_active=False)


@pytest.mark.parametrize("lose", [suspend, remove, disable])
def test_known_answer_is_for_nobody_who_lost_its_standing(
    fresh_organization: Cast, lose: Callable[[Cast], None]
) -> None:
    with tenant_context(fresh_organization.organization), transaction.atomic():
        key, text = made(fresh_organization, Role.MANAGER, "read")
    client = present(text)
    assert [client.get(AIRCRAFT).status_code for _ in range(2)] == [200, 200]
    lose(fresh_organization)
    seen_anew(key)
    assert client.get(AIRCRAFT).status_code == 401


def test_known_answer_is_for_no_other_method_and_no_strange_host(fresh_organization: Cast) -> None:
    client = present(key_of(fresh_organization))
    known = client.get(AIRCRAFT).content
    others = [client.options(AIRCRAFT), client.post(AIRCRAFT), client.delete(AIRCRAFT)]
    others += [client.get(AIRCRAFT, SERVER_NAME="evil.example.org")]
    assert [each.status_code for each in others] == [405, 403, 403, 400]
    assert all(each.content != known for each in others)
    assert client.get(AIRCRAFT).content == known


def test_key_in_authorization_is_judged_like_the_other_header(fresh_organization: Cast) -> None:
    """A right key in the one does not excuse what stands in the other's place."""
    key = key_of(fresh_organization)
    for given, status in ((f"Bearer {key}", 200), (f"bearer  {key} ", 200), (f"Basic {key}", 401)):
        assert Client(headers={"Authorization": given}).get(AIRCRAFT).status_code == status
    both = Client(headers={"X-API-Key": "dbx_wrong", "Authorization": f"Bearer {key}"})
    assert both.get(AIRCRAFT).status_code == 401


def test_what_is_changed_in_one_answer_is_not_in_the_next() -> None:
    packed = pack(JsonResponse({"a": 1}, headers={"ETag": '"tag"'}))
    first = unpack(HttpRequest(), packed)
    first.headers["X-Request-Id"] = "one caller's"
    del first.headers["ETag"]
    second = unpack(HttpRequest(), packed)
    assert "X-Request-Id" not in second.headers
    assert second.headers["etag"] == second.headers["ETag"] == '"tag"'
    assert second.headers["Content-Type"] == "application/json"


def test_what_one_request_makes_of_its_member_is_not_the_next_one_s(
    fresh_organization: Cast,
) -> None:
    known = facts.facts_of(key_id_of(key_of(fresh_organization)))
    assert known is not None
    first = known.own_membership()
    first.role, first.scopes = Role.ADMIN, frozenset({"admin"})
    first.user.email, first.user._state.adding = "other@example.org", True
    first._state.db, first._state.fields_cache["organization"] = "elsewhere", None
    second = known.own_membership()
    assert (second.role, second.scopes) == (Role.MANAGER, frozenset({"read"}))
    assert second.user.email == fresh_organization.members[Role.MANAGER].user.email
    assert (second.user._state.adding, second._state.db) == (False, "default")
    assert second.organization == fresh_organization.organization
