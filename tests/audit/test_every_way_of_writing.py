"""However 1,000 rows change, 1,000 events tell of it, each with who did it."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from aviation.audit.models import AuditEvent
from aviation.fleet.models import Aircraft
from aviation.tenants.context import Origin, acting_as, coming_from
from tests.audit.conftest import ByHand, bind_by_hand, trail_of
from tests.conftest import Cast

ROWS = 1_000
ACTOR = uuid.UUID("7d4a3c9e-0000-4000-8000-00000000a0d1")


def make_aircraft(mark: str) -> list[Aircraft]:
    fleet = [Aircraft(registration=f"{mark}-{number}") for number in range(ROWS)]
    return Aircraft.objects.bulk_create(fleet)


def counted(**conditions: object) -> int:
    return AuditEvent.objects.filter(table_name="aircraft", **conditions).count()


def test_bulk_create_leaves_an_event_per_row(in_alpha: Cast) -> None:
    with acting_as(ACTOR), coming_from(Origin("192.0.2.7", "request-1")):
        fleet = make_aircraft("BULK")
        events = AuditEvent.objects.filter(actor_id=ACTOR, action="insert", actor_kind="person")
        assert {event.object_id for event in events} == {str(each.pk) for each in fleet}
    assert events.count() == ROWS


def test_queryset_update_leaves_an_event_per_row(in_alpha: Cast) -> None:
    make_aircraft("UPD")
    with acting_as(ACTOR), coming_from(Origin("192.0.2.7", "request-2")):
        Aircraft.objects.filter(registration__startswith="UPD-").update(name="Renamed")
    told = {"action": "update", "actor_id": ACTOR, "request_id": "request-2"}
    assert counted(**told, before={"name": ""}, after={"name": "Renamed"}) == ROWS


def test_queryset_delete_leaves_an_event_per_row(in_alpha: Cast) -> None:
    make_aircraft("DEL")
    with acting_as(ACTOR), coming_from(Origin("192.0.2.7", "request-3")):
        Aircraft.objects.filter(registration__startswith="DEL-").delete()
    told = {"action": "delete", "actor_id": ACTOR, "request_id": "request-3"}
    assert counted(**told, before__name="", after__isnull=True) == ROWS


def test_raw_sql_leaves_an_event_per_row(in_alpha: Cast) -> None:
    make_aircraft("RAW")
    origin = Origin("192.0.2.7", "request-4")
    with acting_as(ACTOR), coming_from(origin), connection.cursor() as cursor:
        cursor.execute("UPDATE fleet_aircraft SET name = 'Raw' WHERE registration LIKE 'RAW-%'")
    assert counted(actor_id=ACTOR, request_id="request-4", after={"name": "Raw"}) == ROWS


@pytest.mark.parametrize(("role", "login"), [("app", "dbx_app"), ("owner", "dbx_owner")])
def test_psql_by_hand_leaves_an_event_per_row(
    fresh_organization: Cast, by_hand: ByHand, role: str, login: str
) -> None:
    with by_hand(role) as psql:
        bind_by_hand(psql, fresh_organization)
        psql.execute(
            "INSERT INTO fleet_aircraft (id, registration, name, serial_number, aircraft_type,"
            " manufacturer, model, specifications, status, created_at)"
            " SELECT gen_random_uuid(), 'HAND-' || n, '', '', 'unknown', '', '', '{}', 'active',"
            " now() FROM generate_series(1, %s) AS n",
            [ROWS],
        )
    events = trail_of(fresh_organization, after__registration__startswith="HAND-")
    assert len(events) == ROWS
    told = {(event.actor_kind, event.actor_name, event.actor_id) for event in events}
    assert told == {("direct", login, None)}


def test_copy_into_an_organizations_table_leaves_an_event_per_row(
    fresh_organization: Cast, by_hand: ByHand
) -> None:
    """COPY into a table under row level security is open to a superuser alone."""
    schema = fresh_organization.organization.schema_name
    columns = (
        "id, registration, name, serial_number, aircraft_type, manufacturer, model,"
        " specifications, status, created_at"
    )
    statement = f"COPY {schema}.fleet_aircraft ({columns}) FROM STDIN"
    with by_hand("superuser") as psql, psql.cursor().copy(statement) as copy:
        for n in range(ROWS):
            row = (uuid.uuid4(), f"COPY-{n}", "", "", "unknown", "", "", "{}", "active", "now")
            copy.write_row(row)
    events = trail_of(fresh_organization, action="insert", after__registration__startswith="COPY-")
    assert len(events) == ROWS
    assert {(event.actor_kind, event.actor_name) for event in events} == {("direct", "postgres")}


@pytest.mark.parametrize("role", ["app", "owner"])
def test_copy_into_a_shared_table_leaves_an_event_per_row(by_hand: ByHand, role: str) -> None:
    columns = "id, password, is_superuser, is_staff, is_active, date_joined, email, full_name"
    psql = by_hand(role)
    with psql.cursor() as cursor:
        with cursor.copy(f"COPY accounts_user ({columns}) FROM STDIN") as copy:
            for n in range(ROWS):
                email = f"{n}@copied.example.org"
                copy.write_row((uuid.uuid4(), "!", False, False, True, "now", email, ""))
        cursor.execute("SET LOCAL app.platform = 'on'")
        cursor.execute(
            "SELECT count(*), min(actor_kind), max(actor_kind) FROM audit_event"
            " WHERE table_name = 'person' AND after ->> 'email' LIKE '%@copied.example.org'"
        )
        assert cursor.fetchone() == (ROWS, "direct", "direct")
    psql.rollback()


def test_insert_on_conflict_tells_added_from_changed(in_alpha: Cast) -> None:
    Aircraft.objects.create(registration="CONFLICT-1", name="Before")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO fleet_aircraft (id, registration, name, serial_number, aircraft_type,"
            " manufacturer, model, specifications, status, created_at)"
            " SELECT gen_random_uuid(), 'CONFLICT-' || n, 'After', '', 'unknown', '', '', '{}',"
            " 'active', now() FROM generate_series(1, 3) AS n"
            " ON CONFLICT (upper(registration)) DO UPDATE SET name = excluded.name"
        )
    assert counted(action="insert", after__name="After") == 2
    assert counted(action="update", before={"name": "Before"}, after={"name": "After"}) == 1
