"""What an event says: before and after, who, when, from where, and never a secret."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from accounts.choices import Role
from accounts.models import User
from accounts.upkeep import clear_sessions
from aviation.audit.models import AuditEvent
from aviation.fleet.models import Aircraft
from aviation.tenants.context import (
    Origin,
    acting_as,
    coming_from,
    platform_context,
    tenant_context,
)
from aviation.tenants.models import Organization
from aviation.tenants.tasks import NamedTask
from config.celery import app
from tests.audit.conftest import ByHand, trail_of, whole_trail
from tests.conftest import PASSWORD, Cast

REQUEST = Origin("192.0.2.7", "request-1")


def last_event(object_id: object) -> AuditEvent:
    event = AuditEvent.objects.filter(object_id=str(object_id)).order_by("-id").first()
    assert event is not None
    return event


def person(email: str = "ines@alpha.example.org") -> User:
    user = User(email=email)
    user.set_password("first password of all")
    user.save()
    return user


def test_change_records_only_the_columns_that_changed(in_alpha: Cast) -> None:
    aircraft = Aircraft.objects.create(registration="CHANGE-1", name="As it came")
    aircraft.name, aircraft.model = "Renamed", "M-2"
    aircraft.save()
    event = last_event(aircraft.pk)
    assert event.before == {"name": "As it came", "model": ""}
    assert event.after == {"name": "Renamed", "model": "M-2"}


def test_row_written_back_as_it_was_leaves_nothing(in_alpha: Cast) -> None:
    aircraft = Aircraft.objects.get(pk=in_alpha.aircraft.pk)
    before = AuditEvent.objects.count()
    aircraft.save()
    assert AuditEvent.objects.count() == before


def test_statement_that_touches_no_row_leaves_nothing(in_alpha: Cast) -> None:
    before = AuditEvent.objects.count()
    Aircraft.objects.filter(registration="NOBODY").update(name="Renamed")
    assert AuditEvent.objects.count() == before


def test_changed_key_is_one_row_gone_and_one_come(in_alpha: Cast) -> None:
    aircraft = Aircraft.objects.create(registration="KEY-1")
    other = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE fleet_aircraft SET id = %s WHERE id = %s", [other, aircraft.pk])
    gone, come = last_event(aircraft.pk), last_event(other)
    assert (gone.action, gone.before["registration"], gone.after) == ("delete", "KEY-1", None)
    assert (come.action, come.before, come.after["id"]) == ("insert", None, str(other))


def test_deleted_row_is_recorded_whole(in_alpha: Cast) -> None:
    aircraft = Aircraft.objects.create(registration="GONE-1", name="Gone")
    aircraft_id = str(aircraft.pk)
    aircraft.delete()
    event = last_event(aircraft_id)
    assert event.before["id"] == aircraft_id
    assert set(event.before) == {field.column for field in Aircraft._meta.concrete_fields}


def test_event_carries_person_address_and_request(in_alpha: Cast) -> None:
    user_id = in_alpha.members[Role.MANAGER].user_id
    began = datetime.now(tz=UTC)
    with acting_as(user_id), coming_from(REQUEST):
        aircraft = Aircraft.objects.create(registration="WHO-1")
        event = last_event(aircraft.pk)
    assert (event.actor_kind, event.actor_id, event.actor_name) == ("person", user_id, "")
    assert (event.address, event.request_id) == ("192.0.2.7", "request-1")
    assert event.org_id == in_alpha.organization.id
    assert began <= event.at <= datetime.now(tz=UTC)


def test_origin_does_not_outlive_its_transaction(fresh_organization: Cast) -> None:
    with (
        tenant_context(fresh_organization.organization),
        coming_from(REQUEST),
        transaction.atomic(),
    ):
        assert settings_of_the_session() == ["192.0.2.7", "request-1", ""]
    assert settings_of_the_session() == ["", "", ""]


def settings_of_the_session() -> list[str]:
    names = ("app.client_address", "app.request_id", "app.work")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting(n, true), '') FROM unnest(%s::text[]) n", [[*names]]
        )
        return [row[0] for row in cursor.fetchall()]


def test_events_of_one_transaction_share_its_number(in_alpha: Cast) -> None:
    one = Aircraft.objects.create(registration="TX-1")
    two = Aircraft.objects.create(registration="TX-2")
    assert last_event(one.pk).transaction_id == last_event(two.pk).transaction_id


@pytest.mark.parametrize(
    ("origin", "user_id", "kind", "name"),
    [
        (Origin(), None, "direct", "dbx_app"),
        (Origin(), uuid.UUID(int=7), "direct", "dbx_app"),
        (Origin(work="telemetry.import_log"), None, "system", "telemetry.import_log"),
        (Origin(work="telemetry.import_log"), uuid.UUID(int=7), "person", "telemetry.import_log"),
        (REQUEST, None, "visitor", ""),
        (Origin("", "request-2"), uuid.UUID(int=7), "person", ""),
    ],
)
def test_kind_of_actor(
    in_alpha: Cast, origin: Origin, user_id: uuid.UUID | None, kind: str, name: str
) -> None:
    with acting_as(user_id), coming_from(origin):
        aircraft = Aircraft.objects.create(registration="KIND-1")
        event = last_event(aircraft.pk)
    assert (event.actor_kind, event.actor_name, event.actor_id) == (kind, name, user_id)


def test_queued_task_is_named(fresh_organization: Cast) -> None:
    @app.task(name="fleet.rename")
    def rename() -> None:
        with platform_context(), transaction.atomic():
            Organization.objects.filter(pk=fresh_organization.organization.pk).update(name="X")

    rename.apply().get()
    del app.tasks["fleet.rename"]
    event = trail_of(fresh_organization, table_name="organization", action="update")[-1]
    assert (event.actor_kind, event.actor_name) == ("system", "fleet.rename")


def test_every_task_of_ours_is_a_named_one() -> None:
    assert isinstance(clear_sessions, NamedTask)


def test_command_is_named(fresh_organization: Cast) -> None:
    slug = fresh_organization.organization.slug
    _manage("suspend_organization", slug)
    event = trail_of(fresh_organization, table_name="organization", action="update")[-1]
    assert (event.actor_kind, event.actor_name) == ("system", "manage.py suspend_organization")
    assert event.after["status"] == "suspended"


def _manage(*arguments: str) -> None:
    """In a process of its own, on this test's database."""

    surroundings = dict(os.environ)
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        path = f"/{settings.DATABASES['default']['NAME']}"
        surroundings[name] = urlsplit(surroundings[name])._replace(path=path).geturl()
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, env=surroundings, check=True, timeout=60, capture_output=True)


def test_request_is_recorded_with_address_and_id(fresh_organization: Cast) -> None:
    client = Client(REMOTE_ADDR="2001:db8::5")
    membership = fresh_organization.members[Role.MANAGER]
    login = {"username": membership.user.email, "password": PASSWORD}
    response = client.post("/sign-in/", login)
    assert response.status_code == 302
    changed, named = whole_trail(table_name="person", object_id=str(membership.user_id))[-2:]
    assert (set(changed.after), named.action) == ({"last_login"}, "sign_in.succeeded")
    for event in (changed, named):
        assert (event.actor_id, event.address) == (membership.user_id, "2001:db8::5")
        assert event.request_id == response.headers["X-Request-Id"]


def test_password_never_enters_the_trail(db: None) -> None:
    user = person()
    first_hash = user.password
    user.set_password("second password of all")
    user.full_name = "Ines"
    user.save()
    with platform_context():
        added, changed = AuditEvent.objects.filter(object_id=str(user.pk)).order_by("id")
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(e::text, '') FROM audit_event e")
            text = cursor.fetchone()[0]
    assert changed.before == {"password": "withheld", "full_name": ""}
    assert changed.after == {"password": "withheld", "full_name": "Ines"}
    assert "password" not in added.after
    for secret in (first_hash, user.password, "second password of all"):
        assert secret not in text


def test_password_of_a_deleted_person_is_left_out(by_hand: ByHand) -> None:
    psql = by_hand("owner")
    psql.execute(
        "INSERT INTO accounts_user (id, password, is_superuser, is_staff, is_active, date_joined,"
        " email, full_name) VALUES (gen_random_uuid(), 'hash$1', false, false, true, now(),"
        " 'gone@alpha.example.org', '')"
    )
    psql.execute("DELETE FROM accounts_user WHERE email = 'gone@alpha.example.org'")
    psql.execute("SET LOCAL app.platform = 'on'")
    told = psql.execute(
        "SELECT before FROM audit_event WHERE before ->> 'email' = 'gone@alpha.example.org'"
    ).fetchone()
    psql.rollback()
    assert told is not None
    assert "password" not in told[0]


def test_whole_trail_holds_no_password_hash(casts: dict[str, Cast], db: None) -> None:
    """Everything every test before this one has left is searched."""
    with platform_context(), connection.cursor() as cursor:
        cursor.execute("SELECT password FROM accounts_user WHERE password LIKE '%$%'")
        hashes = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "SELECT coalesce(before::text, '') || coalesce(after::text, '') FROM audit_event"
        )
        text = "".join(row[0] for row in cursor.fetchall())
    assert hashes
    assert not [each for each in hashes if each in text]
