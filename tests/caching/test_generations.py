"""Every way of changing a topic is noted, with the transaction that changes it or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.apps import apps
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from pgtrigger import registered

from accounts.models import Membership
from aviation.caching import compacting, generations
from aviation.caching.checks import every_topic_table_is_a_model
from aviation.caching.compacting import compact
from aviation.caching.generations import generation_of, read_generation
from aviation.caching.topics import TopicTable
from aviation.caching.triggers import TopicTrigger
from aviation.fleet.models import Aircraft
from aviation.tenants.context import NoOrganization, platform_context, tenant_context
from aviation.tenants.models import Organization
from tests.audit.conftest import ByHand, bind_by_hand
from tests.conftest import Cast
from tests.isolation.crowd import in_threads

Write = Callable[[Cast], object]


def aircraft() -> Aircraft:
    return Aircraft(registration=uuid.uuid4().hex)


def raw(statement: str) -> Write:
    def write(_cast: Cast) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return write


WRITES: dict[str, Write] = {
    "save": lambda cast: aircraft().save(),
    "change": lambda cast: cast.aircraft.save(),
    "bulk_create": lambda cast: Aircraft.objects.bulk_create([aircraft(), aircraft()]),
    "bulk_update": lambda cast: Aircraft.objects.bulk_update([cast.aircraft], ["name"]),
    "update": lambda cast: Aircraft.objects.update(name="Renamed"),
    "update or create": lambda cast: Aircraft.objects.update_or_create(
        registration=cast.aircraft.registration, defaults={"name": "Renamed"}
    ),
    "raw insert": raw(
        "INSERT INTO fleet_aircraft (id, registration, name, serial_number, aircraft_type,"
        " manufacturer, model, specifications, status, created_at) VALUES"
        " (gen_random_uuid(), 'RAW', '', '', 'unknown', '', '', '{}', 'active', now())"
    ),
    "raw update": raw("UPDATE fleet_aircraft SET name = 'Renamed'"),
    "raw delete": raw("DELETE FROM fleet_aircraft"),
    "merge": raw(
        "MERGE INTO fleet_aircraft a USING (SELECT 'Renamed' AS name) s ON true"
        " WHEN MATCHED THEN UPDATE SET name = s.name"
    ),
    "common table expression": raw(
        "WITH done AS (UPDATE fleet_aircraft SET name = 'x' RETURNING id) SELECT count(*) FROM done"
    ),
}


@contextmanager
def bound(cast: Cast) -> Iterator[None]:
    with tenant_context(cast.organization), transaction.atomic():
        yield


def seen(cast: Cast, *topics: str) -> int:
    """The generation as a transaction of its own sees it."""
    with bound(cast):
        return generation_of(*topics)


@pytest.mark.parametrize("way", WRITES)
def test_each_way_of_writing_is_a_change(fresh_organization: Cast, way: str) -> None:
    before = seen(fresh_organization, "aircraft")
    with bound(fresh_organization):
        WRITES[way](fresh_organization)
    assert seen(fresh_organization, "aircraft") == before + 1


@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_change_by_hand_is_a_change(fresh_organization: Cast, by_hand: ByHand, role: str) -> None:
    """psql, with the organization bound as the policies ask, or past them."""
    before = seen(fresh_organization, "aircraft")
    with by_hand(role) as hand, hand.transaction():
        bind_by_hand(hand, fresh_organization)
        hand.execute("UPDATE fleet_aircraft SET name = 'By hand'")
    assert seen(fresh_organization, "aircraft") == before + 1


def test_copy_is_a_change(fresh_organization: Cast, by_hand: ByHand) -> None:
    before = seen(fresh_organization, "aircraft")
    row = f"{uuid.uuid4()},COPIED,,,unknown,,,{{}},active,2026-01-01\n"
    with by_hand("superuser") as hand, hand.transaction():
        bind_by_hand(hand, fresh_organization)
        command = (
            "COPY fleet_aircraft (id, registration, name, serial_number, aircraft_type,"
            " manufacturer, model, specifications, status, created_at)"
            " FROM STDIN (FORMAT csv, FORCE_NOT_NULL (name, serial_number, manufacturer, model))"
        )
        with hand.cursor() as cursor, cursor.copy(command) as target:
            target.write(row)
    assert seen(fresh_organization, "aircraft") == before + 1


def test_statement_that_changes_no_row_is_no_change(fresh_organization: Cast) -> None:
    before = seen(fresh_organization, "aircraft")
    with bound(fresh_organization):
        Aircraft.objects.filter(registration="nobody").update(name="x")
        Aircraft.objects.filter(registration="nobody").delete()
    assert seen(fresh_organization, "aircraft") == before


def test_many_changes_of_a_transaction_leave_one_row(fresh_organization: Cast) -> None:
    """So that an import of a thousand rows notes as little as a single change."""
    with bound(fresh_organization):
        before = read_generation(["aircraft"])
        for _ in range(5):
            aircraft().save()
        after = read_generation(["aircraft"])
    assert (after.number, after.rows) == (before.number + 1, before.rows + 1)


def test_change_undone_with_its_transaction_is_none(fresh_organization: Cast) -> None:
    before = seen(fresh_organization, "aircraft")
    with bound(fresh_organization):
        aircraft().save()
        transaction.set_rollback(True)
    assert seen(fresh_organization, "aircraft") == before


def test_change_after_an_undone_savepoint_is_noted(fresh_organization: Cast) -> None:
    """The row went with the savepoint, and with it what remembered that it was there."""
    before = seen(fresh_organization, "aircraft")
    with bound(fresh_organization):
        with transaction.atomic():
            aircraft().save()
            transaction.set_rollback(True)
        assert not read_generation(["aircraft"]).is_own
        aircraft().save()
        with transaction.atomic():
            aircraft().save()
    assert seen(fresh_organization, "aircraft") == before + 1


def test_change_before_an_undone_savepoint_stays(fresh_organization: Cast) -> None:
    before = seen(fresh_organization, "aircraft")
    with bound(fresh_organization):
        aircraft().save()
        with pytest.raises(DatabaseError), transaction.atomic():
            Aircraft.objects.create(registration=fresh_organization.aircraft.registration)
        aircraft().save()
    assert seen(fresh_organization, "aircraft") == before + 1


def test_what_a_session_was_left_with_hides_no_change(
    fresh_organization: Cast, by_hand: ByHand
) -> None:
    """A setting that outlived its transaction names that one, not the next."""
    before = seen(fresh_organization, "aircraft")
    with by_hand("app") as hand:
        mark = f"1 aircraft@{fresh_organization.organization.id} "
        hand.execute("SELECT set_config('app.changed_topics', %s, false)", [mark])
        hand.commit()
        with hand.transaction():
            bind_by_hand(hand, fresh_organization)
            hand.execute("UPDATE fleet_aircraft SET name = 'x'")
    assert seen(fresh_organization, "aircraft") == before + 1


def test_transaction_knows_its_own_change(fresh_organization: Cast) -> None:
    with bound(fresh_organization):
        assert not read_generation(["aircraft"]).is_own
        aircraft().save()
        assert read_generation(["aircraft"]).is_own
        assert read_generation(["flights", "aircraft"]).is_own
        assert not read_generation(["flights"]).is_own
    with bound(fresh_organization):
        assert not read_generation(["aircraft"]).is_own


def test_change_concerns_its_own_organization_and_topic(
    fresh_organization: Cast, casts: dict[str, Cast]
) -> None:
    others = [(casts["alpha"], "aircraft"), (fresh_organization, "flights")]
    before = [seen(cast, topic) for cast, topic in others]
    with bound(fresh_organization):
        aircraft().save()
    assert [seen(cast, topic) for cast, topic in others] == before


def test_generation_of_several_topics_grows_with_each(fresh_organization: Cast) -> None:
    before = seen(fresh_organization, "aircraft", "memberships")
    with bound(fresh_organization):
        aircraft().save()
    with bound(fresh_organization):
        Membership.objects.update(role="readonly")
    assert seen(fresh_organization, "aircraft", "memberships") == before + 2


def test_shared_row_s_change_is_its_organization_s(
    fresh_organization: Cast, casts: dict[str, Cast]
) -> None:
    """Done for the platform, with no organization bound."""
    organization, other = fresh_organization.organization, casts["alpha"]
    before = seen(fresh_organization, "organization"), seen(other, "organization")
    with platform_context(), transaction.atomic():
        Organization.objects.filter(pk=organization.pk).update(name="Renamed")
    assert seen(fresh_organization, "organization") == before[0] + 1
    assert seen(other, "organization") == before[1]


def test_generation_needs_an_organization(db: None) -> None:
    with pytest.raises(NoOrganization), transaction.atomic():
        generation_of("aircraft")


def test_asking_outside_of_a_binding_binds_nothing(casts: dict[str, Cast], by_hand: ByHand) -> None:
    """Within a transaction and after a statement by itself."""
    asked = "SELECT public.caching_generation(%s, '{aircraft}')"
    organization = str(casts["alpha"].organization.id)
    with by_hand("app") as hand:
        for is_in_transaction in (True, False):
            hand.autocommit = not is_in_transaction
            assert int(hand.execute(asked, [organization]).fetchone()[0].split(" ")[0]) > 0
            bound_to = "SELECT coalesce(current_setting('app.current_org_id', true), '')"
            assert hand.execute(bound_to).fetchone() == ("",)
            hand.rollback()


def test_organization_bound_already_sees_no_other(casts: dict[str, Cast], by_hand: ByHand) -> None:
    with by_hand("app") as hand:
        bind_by_hand(hand, casts["bravo"])
        asked = "SELECT public.caching_generation(%s, '{aircraft}')"
        (told,) = hand.execute(asked, [str(casts["alpha"].organization.id)]).fetchone()
    assert told.split(" ")[:2] == ["0", "0"]


def test_application_writes_no_notes_and_sees_its_own_only(
    casts: dict[str, Cast], by_hand: ByHand
) -> None:
    with by_hand("app") as hand:
        for statement in (
            "INSERT INTO public.caching_change (org_id, topic) VALUES (gen_random_uuid(), 'x')",
            "UPDATE public.caching_change SET changes = 9",
            "DELETE FROM public.caching_change",
            "SELECT public.caching_note(gen_random_uuid(), 'x')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), hand.transaction():
                hand.execute(statement)
        with hand.transaction():
            bind_by_hand(hand, casts["alpha"])
            owners = hand.execute("SELECT DISTINCT org_id FROM public.caching_change").fetchall()
        with hand.transaction():
            assert hand.execute("SELECT count(*) FROM public.caching_change").fetchone() == (0,)
    assert owners == [(casts["alpha"].organization.id,)]


TRIGGERS = (
    "SELECT c.relname, t.tgname, t.tgenabled::text, p.proname, encode(t.tgargs, 'escape')"
    " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
    " WHERE c.relnamespace = %s::regnamespace AND p.proname LIKE 'caching_%%'"
)


def told(trigger: TopicTrigger) -> tuple[str, str]:
    """The function that a trigger calls, and its arguments as PostgreSQL shows them."""
    topic, column = trigger.table.topic, trigger.table.organization_column
    if column:
        return "caching_changed_for", f"{topic}\\000{column}\\000"
    return trigger.function, f"{topic}\\000"


@pytest.mark.parametrize("place", ["public", "alpha", "new"])
def test_every_topic_table_has_its_triggers(
    casts: dict[str, Cast],
    fresh_organization: Cast,
    by_hand: ByHand,
    settings: LazySettings,
    place: str,
) -> None:
    """In the shared schema, in an organization of long ago and in one just opened."""
    known = {"alpha": casts["alpha"], "new": fresh_organization}
    schema = "public" if place == "public" else known[place].organization.schema_name
    is_here = settings.SHARED_APPS if place == "public" else settings.ORGANIZATION_APPS
    wanted = {
        (
            model._meta.db_table,
            trigger.get_pgid(model),
            "O",
            *told(trigger),
        )
        for model, trigger in registered()
        if isinstance(trigger, TopicTrigger)
        and apps.get_app_config(model._meta.app_label).name in is_here
    }
    assert wanted
    assert set(by_hand("owner").execute(TRIGGERS, [schema]).fetchall()) == wanted


def test_declarations_agree_with_the_models(settings: LazySettings) -> None:
    assert every_topic_table_is_a_model() == []
    broken = (
        TopicTable("fleet.Zeppelin", "zeppelins"),
        TopicTable("fleet.Aircraft", "aircraft", organization_column="id"),
        TopicTable("accounts.Membership", "memberships"),
        TopicTable("accounts.Membership", "members", organization_column="org_id"),
    )
    settings.TOPIC_TABLES = broken
    found = sorted(message.id for message in every_topic_table_is_a_model())
    assert found == ["caching.E001", "caching.E001", "caching.E002", "caching.E002"]


def test_compaction_conserves_sums_while_others_write(fresh_organization: Cast) -> None:
    """Writers, compactors and readers at once: whoever reads never sees the generation go back."""
    writes, writers = 40, 4
    before = seen(fresh_organization, "aircraft")

    def work(number: int) -> list[int]:
        if number < writers:
            for _ in range(writes):
                with bound(fresh_organization):
                    aircraft().save()
            return []
        if number == writers:
            return [compact(1) for _ in range(60)]
        return [seen(fresh_organization, "aircraft") for _ in range(120)]

    *_, gone, first, second = in_threads(writers + 3, work)
    assert sum(gone) > 0
    assert seen(fresh_organization, "aircraft") == before + writes * writers
    for readings in (first, second):
        assert readings == sorted(readings)


def test_compaction_leaves_one_row_of_a_crowded_topic(fresh_organization: Cast) -> None:
    for _ in range(4):
        with bound(fresh_organization):
            aircraft().save()
    with bound(fresh_organization):
        before = read_generation(["aircraft"])
    compact(before.rows)
    with bound(fresh_organization):
        assert read_generation(["aircraft"]) == before
    compact(before.rows - 1)
    with bound(fresh_organization):
        after = read_generation(["aircraft"])
    assert (after.number, after.rows) == (before.number, 1)


def test_reader_of_too_many_rows_compacts_them(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody else does: the worker stands still without Redis."""
    monkeypatch.setattr(generations, "CROWDED", 3)
    monkeypatch.setattr(compacting, "_rests_until", 0.0)
    monkeypatch.setattr(compacting.compact, "__defaults__", (1,))
    for _ in range(4):
        with bound(fresh_organization):
            aircraft().save()
    before = seen(fresh_organization, "aircraft")
    with bound(fresh_organization):
        after = read_generation(["aircraft"])
    assert (after.number, after.rows) == (before, 1)
