"""A refused act is recorded, whatever becomes of the transaction it was made in."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack

import psycopg
import pytest
from django.contrib.auth import authenticate
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from aviation.audit import events
from aviation.audit.events import record_attempt
from aviation.fleet.models import Aircraft
from aviation.tenants.context import acting_as, tenant_context
from embedded.pause import wait_until
from tests.audit.conftest import trail_of, whole_trail
from tests.conftest import PASSWORD, Cast, make_cast
from tests.isolation.pgbouncer import PgBouncer

ATTEMPTS = 100


def try_and_fail(number: int) -> None:
    Aircraft.objects.create(registration=f"UNDONE-{number}")
    assert record_attempt("test.refused", object_id=number)
    raise ZeroDivisionError


def test_attempt_outlives_the_rollback(fresh_organization: Cast) -> None:
    actor = uuid.uuid4()
    with tenant_context(fresh_organization.organization), acting_as(actor):
        for number in range(ATTEMPTS):
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                try_and_fail(number)
    attempts = trail_of(fresh_organization, action="test.refused", actor_id=actor)
    assert [attempt.object_id for attempt in attempts] == [str(n) for n in range(ATTEMPTS)]
    assert trail_of(fresh_organization, after__registration__startswith="UNDONE-") == []


def test_attempt_is_written_beside_a_failed_transaction(fresh_organization: Cast) -> None:
    with tenant_context(fresh_organization.organization), transaction.atomic():
        with connection.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute("SELECT 1 / 0")
        assert record_attempt("test.refused")
        transaction.set_rollback(True)
    assert len(trail_of(fresh_organization, action="test.refused")) == 1


def test_page_refused_to_a_member_is_recorded(
    fresh_organization: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    viewer = fresh_organization.members[Role.READONLY]
    path = f"{fresh_organization.home}upload/"
    response = sign_in(viewer).get(path, {"token": "in the query"})
    assert response.status_code == 403
    (event,) = trail_of(fresh_organization, action="access.refused")
    assert event.reason == f"GET {path}"
    assert event.after == {"role": "readonly"}
    assert (event.actor_kind, event.actor_id) == ("person", viewer.user_id)
    assert (event.address, event.request_id) == ("127.0.0.1", response.headers["X-Request-Id"])


def test_page_that_was_allowed_is_no_attempt(
    fresh_organization: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    response = sign_in(fresh_organization.members[Role.MANAGER]).get(
        f"{fresh_organization.home}upload/"
    )
    assert response.status_code == 200
    assert trail_of(fresh_organization, action="access.refused") == []


def test_failed_sign_in_is_recorded_without_the_password(alpha: Cast) -> None:
    email = f"{uuid.uuid4().hex}@alpha.example.org"
    Client().post("/sign-in/", {"username": email, "password": "my secret word"})
    (event,) = whole_trail(action="sign_in.failed", after={"email": email})
    assert (event.org_id, event.actor_id, event.actor_kind) == (None, None, "visitor")
    assert "secret" not in f"{event.before}{event.after}{event.reason}{event.object_id}"


def test_what_is_no_address_is_not_kept(alpha: Cast) -> None:
    """People type their password into the wrong field."""
    before = len(whole_trail(action="sign_in.failed"))
    authenticate(None, username=PASSWORD, password="x")
    last = whole_trail(action="sign_in.failed")[before:]
    assert [event.after for event in last] == [{}]


def test_successful_sign_in_is_no_attempt(fresh_organization: Cast) -> None:
    email = fresh_organization.members[Role.PILOT].user.email
    response = Client().post("/sign-in/", {"username": email, "password": PASSWORD})
    assert response.status_code == 302
    assert whole_trail(action="sign_in.failed", after={"email": email}) == []


def test_silent_database_breaks_no_request(
    fresh_organization: Cast,
    sign_in: Callable[[Membership], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    viewer = sign_in(fresh_organization.members[Role.READONLY])
    monkeypatch.setattr(events, "_APPEND", "SELECT public.audit_nowhere(%s, %s, %s, %s, %s)")
    response = viewer.get(f"{fresh_organization.home}upload/")
    assert response.status_code == 403
    assert trail_of(fresh_organization, action="access.refused") == []


def test_attempts_at_once_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(events, "PATIENCE_S", 0.01)
    with events._turns:
        assert record_attempt("test.refused") is False
    assert events._turns.acquire(blocking=False)


def test_attempt_leaves_no_connection_behind(fresh_organization: Cast) -> None:
    def at_work() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND usename = 'dbx_app'"
            )
            return int(cursor.fetchone()[0])

    connections["default"].ensure_connection()
    before = at_work()
    for _ in range(10):
        record_attempt("test.refused")
    # The server takes its own time to notice that they are closed.
    assert wait_until(lambda: at_work() <= before, time.sleep, 30)


def test_attempt_outlives_the_rollback_behind_a_pooler(pooled: PgBouncer) -> None:
    cast = make_cast(f"pool-{uuid.uuid4().hex[:12]}")
    with tenant_context(cast.organization):
        for number in range(ATTEMPTS):
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                try_and_fail(number)
    assert len(trail_of(cast, action="test.refused")) == ATTEMPTS


def test_pooler_without_a_free_connection_is_not_waited_for(
    pooled: PgBouncer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All server connections are held by open transactions, ours among them."""
    parameters = {"host": str(pooled.folder), "port": pooled.port, "user": pooled.user}
    dbname = connections["default"].settings_dict["NAME"]
    with ExitStack() as held:
        for _ in range(3):
            other = held.enter_context(psycopg.connect(dbname=dbname, **parameters))
            other.execute("SELECT 1")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            began = time.monotonic()
            with monkeypatch.context() as hurry:
                hurry.setattr(events, "PATIENCE_S", 1)
                assert record_attempt("test.refused") is False
            assert time.monotonic() - began < 10
            cursor.execute("SELECT 1")
    assert record_attempt("test.refused") is True


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        (Role.READONLY, "post", "/api/v1/aircraft/"),
        (Role.PILOT, "get", "{home}admin/"),
        (Role.READONLY, "post", "{home}upload/"),
    ],
)
def test_refusal_is_recorded_by_whatever_door(
    fresh_organization: Cast,
    sign_in: Callable[[Membership], Client],
    role: str,
    method: str,
    path: str,
) -> None:
    client = sign_in(fresh_organization.members[role])
    place = path.format(home=fresh_organization.home)
    assert getattr(client, method)(place).status_code == 403
    (event,) = trail_of(fresh_organization, action="access.refused")
    assert event.reason == f"{method.upper()} {place}"
