"""A17: whatever ends a program's right to call acts on its live tokens, within five seconds.

The facts are remembered for less than that; a clock set forward stands for the waiting.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership, TokenFamily, User
from accounts.remembered import Remembered
from accounts.sessions.ending import end_everything
from accounts.tokens import keys, standing
from accounts.tokens.authentication import find_token_caller
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization
from tests.accounts.tokens import AIRCRAFT, REFRESH, REVOKE, Program, call, post, program_of
from tests.conftest import Cast

LIMIT_S = 5


class Clock:
    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for remembered in (standing.remembered, keys._remembered):
        monkeypatch.setattr(remembered, "clock", clock)
    return clock


@pytest.fixture
def program(alpha: Cast, clock: Clock) -> Iterator[Program]:
    """Alpha's manager's, whose standing is remembered as good."""
    program = program_of(alpha.members[Role.MANAGER])
    assert program.get().status_code == 200
    yield program
    standing.remembered.clear()


def disable_person(membership: Membership) -> None:
    User.objects.filter(pk=membership.user_id).update(is_active=False)


def end_membership(membership: Membership) -> None:
    with platform_context():
        Membership.objects.filter(pk=membership.pk).update(ended_at=timezone.now())


def suspend_organization(membership: Membership) -> None:
    with platform_context():
        Organization.objects.filter(pk=membership.organization_id).update(
            status=OrganizationStatus.SUSPENDED
        )


def sign_out_everywhere(membership: Membership) -> None:
    end_everything(User.objects.get(pk=membership.user_id), because="password_changed")


def count_epoch_up(membership: Membership) -> None:
    User.objects.filter(pk=membership.user_id).update(credential_epoch=99)


def revoke_family(membership: Membership) -> None:
    """As another process does it, which can't make this one forget."""
    TokenFamily.objects.filter(membership=membership).update(revoked_at=timezone.now())


def end_family(membership: Membership) -> None:
    TokenFamily.objects.filter(membership=membership).update(expires_at=timezone.now())


def delete_family(membership: Membership) -> None:
    TokenFamily.objects.filter(membership=membership).delete()


ENDINGS = (
    disable_person,
    end_membership,
    suspend_organization,
    sign_out_everywhere,
    count_epoch_up,
    revoke_family,
    end_family,
    delete_family,
)


@pytest.mark.parametrize("end", ENDINGS)
def test_live_tokens_are_refused_soon_after(
    end: Callable[[Membership], None], program: Program, clock: Clock
) -> None:
    """A17: access token and refresh token, whatever it was that ended."""
    end(program.membership)
    refused = post(REFRESH, {"refresh_token": program.pair.refresh_token})
    assert (refused.status_code, refused.json()["code"]) == (401, "credential_refused")
    clock.now += standing.KEPT_S
    assert standing.KEPT_S < LIMIT_S
    for path in (AIRCRAFT, f"/o/alpha{AIRCRAFT}", "/api/v1/flights/"):
        answer = program.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "credential_refused")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_family_that_ends_here_is_forgotten_here_at_once(
    program: Program, clock: Clock, django_capture_on_commit_callbacks: Any
) -> None:
    """A2: without waiting until what is remembered has aged."""
    with django_capture_on_commit_callbacks(execute=True):
        post(REVOKE, {"refresh_token": program.pair.refresh_token})
    assert program.get().status_code == 401


def test_lost_role_is_lost_to_live_tokens_soon_after(program: Program, clock: Clock) -> None:
    """A17: the token names no role; it has what the membership has."""
    token = program.pair.access_token
    assert call("post", AIRCRAFT, token, {"registration": "G-ONE"}).status_code == 201
    with platform_context():
        Membership.objects.filter(pk=program.membership.pk).update(role=Role.READONLY)
    clock.now += standing.KEPT_S
    assert call("post", AIRCRAFT, token, {"registration": "G-TWO"}).status_code == 403


def test_remembered_standing_costs_no_query(program: Program) -> None:
    with CaptureQueriesContext(connection) as queries:
        caller = find_token_caller(program.pair.access_token)
    assert len(queries) == 0
    assert caller.credential_id == str(program.family.pk)
    assert caller.membership.user.email == program.membership.user.email


def test_requests_do_not_share_what_they_may_change(program: Program) -> None:
    one, other = (find_token_caller(program.pair.access_token) for _ in range(2))
    one.membership.scopes = frozenset({"read"})
    one.membership.user.full_name = "Changed"
    assert other.membership.scopes is None
    assert other.membership.user.full_name != "Changed"


def test_memory_is_bounded() -> None:
    kept: Remembered[int, int] = Remembered(kept_s=60, most=10)
    for number in range(1_000):
        kept.get_or_read(number, lambda key: key)
    assert len(kept) == 10


def test_value_is_as_old_as_the_question_not_as_the_answer() -> None:
    """A read that took long must not prolong what it read at its beginning."""
    clock = Clock()
    kept: Remembered[str, int] = Remembered(kept_s=1, most=10, clock=clock)

    def slow(_: str) -> int:
        clock.now += 1
        return 1

    kept.get_or_read("a", slow)
    assert kept.get_or_read("a", lambda _: 2) == 2


def test_memory_bears_many_threads() -> None:
    kept: Remembered[uuid.UUID, uuid.UUID] = Remembered(kept_s=60, most=5)
    keys = [uuid.uuid4() for _ in range(20)]
    begin = threading.Barrier(8)

    def work(_: int) -> bool:
        begin.wait(timeout=10)
        right = True
        for number in range(2_000):
            key = keys[number % len(keys)]
            right &= kept.get_or_read(key, lambda asked: asked) == key
            kept.forget(keys[(number * 7) % len(keys)])
        return right

    with ThreadPoolExecutor(8) as crowd:
        assert all(crowd.map(work, range(8)))
    assert len(kept) <= 5
