"""Refresh tokens presented many times at once, too late, or looked for in the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.models import RefreshToken, TokenFamily
from accounts.tokens.families import begin_family
from accounts.tokens.lifetimes import GRACE
from accounts.tokens.refreshing import issue_refresh_token
from aviation.tenants.context import platform_context
from tests.accounts.searching import found_in
from tests.accounts.tokens import REFRESH, events, post, program_of
from tests.conftest import Cast
from tests.isolation.crowd import in_threads

THREADS = 20
ROUNDS = 50


@pytest.fixture
def committed(fresh_organization: Cast) -> Iterator[Cast]:
    yield fresh_organization
    TokenFamily.objects.filter(membership__in=fresh_organization.members.values()).delete()


def make_older(by: timedelta) -> None:
    """All used refresh tokens were used that much earlier."""
    used = RefreshToken.objects.exclude(used_at=None)
    for token in used:
        RefreshToken.objects.filter(pk=token.pk).update(used_at=token.used_at - by)


def test_of_many_that_present_one_token_at_once_one_gets_new_ones(committed: Cast) -> None:
    """A1: 20 threads, 50 rounds, by way of the API; each round's winner opens the next."""
    presented = [program_of(committed.members[Role.PILOT]).pair.refresh_token]
    begin, end = Barrier(THREADS), Barrier(THREADS)
    accepted = [0] * ROUNDS

    def present(_: int) -> None:
        for number in range(ROUNDS):
            begin.wait(timeout=60)
            response = post(REFRESH, {"refresh_token": presented[number]})
            if response.status_code == 200:
                accepted[number] += 1
                presented.append(response.json()["refresh_token"])
            else:
                assert response.status_code == 401, response.content
            end.wait(timeout=60)

    in_threads(THREADS, present)
    assert accepted == [1] * ROUNDS
    family = TokenFamily.objects.get(membership=committed.members[Role.PILOT])
    assert family.revoked_at is None
    assert family.refresh_tokens.filter(used_at=None).count() == 1


def test_used_token_within_the_grace_is_refused_and_nothing_else(alpha: Cast) -> None:
    """A2: a retry or a race costs nobody the sign-in."""
    program = program_of(alpha.members[Role.PILOT])
    new = post(REFRESH, {"refresh_token": program.pair.refresh_token}).json()
    make_older(GRACE - timedelta(seconds=2))
    assert post(REFRESH, {"refresh_token": program.pair.refresh_token}).status_code == 401
    assert post(REFRESH, {"refresh_token": new["refresh_token"]}).status_code == 200
    assert program.family.revoked_at is None
    assert events("token.reuse_detected", object_id=str(program.family.pk)) == []


def test_used_token_after_the_grace_ends_the_whole_family(committed: Cast) -> None:
    """A2: committed although the answer is a refusal; one event, however often it comes."""
    program = program_of(committed.members[Role.PILOT])
    other = program_of(committed.members[Role.PILOT])
    new = post(REFRESH, {"refresh_token": program.pair.refresh_token}).json()
    assert program.get().status_code == 200
    make_older(GRACE)

    def present(_: int) -> int:
        return int(post(REFRESH, {"refresh_token": program.pair.refresh_token}).status_code)

    assert in_threads(THREADS, present) == [401] * THREADS
    assert program.family.revoked_because == "reuse"
    assert post(REFRESH, {"refresh_token": new["refresh_token"]}).status_code == 401
    assert program.get().status_code == 401
    (event,) = events("token.reuse_detected", org_id=committed.organization.pk)
    assert event.object_id == str(program.family.pk)
    assert events("token.revoked", org_id=committed.organization.pk) == []
    assert other.get().status_code == 200
    assert post(REFRESH, {"refresh_token": other.pair.refresh_token}).status_code == 200


def test_renewal_and_revocation_at_once_leave_no_live_token(committed: Cast) -> None:
    """A2: a thief's renewal that runs beside the discovery is of no use."""
    program = program_of(committed.members[Role.PILOT])
    new = post(REFRESH, {"refresh_token": program.pair.refresh_token}).json()["refresh_token"]
    make_older(GRACE)
    presented = [new if number % 2 else program.pair.refresh_token for number in range(10)]
    in_threads(10, lambda number: post(REFRESH, {"refresh_token": presented[number]}).status_code)
    newest = RefreshToken.objects.filter(family=program.family, used_at=None)
    assert program.family.revoked_at is not None
    assert newest.count() <= 1
    assert post(REFRESH, {"refresh_token": new}).status_code == 401


def test_refusal_leaves_the_token_of_a_suspended_person_unused(alpha: Cast) -> None:
    pilot = alpha.members[Role.PILOT]
    program = program_of(pilot)
    type(pilot.user).objects.filter(pk=pilot.user_id).update(is_active=False)
    assert post(REFRESH, {"refresh_token": program.pair.refresh_token}).status_code == 401
    type(pilot.user).objects.filter(pk=pilot.user_id).update(is_active=True)
    assert post(REFRESH, {"refresh_token": program.pair.refresh_token}).status_code == 200


def test_issued_refresh_tokens_are_nowhere_in_the_database(alpha: Cast, tmp_path: Path) -> None:
    """A3: 1,000 tokens, each looked for as text and as bytes in every row of the shared tables."""
    membership, now = alpha.members[Role.PILOT], timezone.now()
    with platform_context(), transaction.atomic():
        family = begin_family(membership, device="laptop", address="", now=now)
        issued = [issue_refresh_token(family, now=now)[0] for _ in range(1_000)]
        dump(everything := tmp_path / "rows.txt")
    secrets = [token.removeprefix("dbr_") for token in issued]
    in_clear = str(family.pk)
    assert found_in(everything, [in_clear, "dbr_", *secrets]) == {in_clear}


def dump(target: Path) -> None:
    """Every row of every shared table that the application may read, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND has_table_privilege(oid, 'SELECT')"
        )
        tables = [name for (name,) in cursor.fetchall()]
        assert {"accounts_refreshtoken", "audit_event"} <= set(tables)
        with target.open("w") as file:
            for table in tables:
                cursor.execute(f'SELECT t::text FROM public."{table}" t')
                file.writelines(f"{text}\n" for (text,) in cursor.fetchall())
