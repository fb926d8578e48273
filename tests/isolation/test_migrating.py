"""Hundreds of organizations are migrated one by one, each whole or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.migrations import Migration, RunPython, RunSQL

from aviation.fleet.models import Aircraft
from aviation.tenants.context import BoundOrganization, tenant_context
from aviation.tenants.migrating import PAUSES_S, migrate_organizations, pending_organizations
from aviation.tenants.models import SchemaState
from aviation.tenants.schemas import OWNER, Migrator
from aviation.tenants.scripts import may_play_back
from tests.conftest import Cast
from tests.isolation.next_release import PRESENT
from tests.isolation.notes import NEXT, has_note, times_noted


@pytest.fixture
def hold(pair: tuple[Cast, Cast]) -> Iterator[Callable[[], None]]:
    """A query that runs and runs on the first organization's aircraft; call it to end it."""
    held, ended = threading.Event(), threading.Event()

    def query() -> None:
        with tenant_context(pair[0].organization), transaction.atomic():
            Aircraft.objects.count()
            held.set()
            assert ended.wait(timeout=60)
        connection.close()

    thread = threading.Thread(target=query)
    thread.start()
    assert held.wait(timeout=20)
    try:
        yield ended.set
    finally:
        ended.set()
        thread.join()


def test_organizations_can_be_taken_back(pair: tuple[Cast, Cast], next_release: None) -> None:
    """The second by playback; afterwards both are known to be behind."""
    organizations = [cast.organization for cast in pair]
    for organization in organizations:
        Migrator().migrate(organization)
    back = Migrator(targets=[("fleet", max(path.stem for path in PRESENT.glob("[0-9]*.py")))])
    assert [back.migrate(organization) for organization in organizations] == [1, 1]
    assert [times_noted(each) for each in organizations] == [0, 0]
    assert not any(has_note(each) for each in organizations)
    pending = pending_organizations(Migrator().fingerprint)
    assert {each.slug for each in organizations} <= {each.slug for each in pending}


def test_migration_gives_up_its_wait_and_tries_again(
    pair: tuple[Cast, Cast], hold: Callable[[], None], next_release: None
) -> None:
    """T22: behind a long query it waits at most 3 s, and no request waits longer than 3.5 s.

    That is told by the order of things, as a busy machine has seconds of its own: requests get
    through once it has given up, while the long query still runs; and by the limit that the
    database was given.
    """
    organization, migrator, lines, waits = pair[0].organization, Watched(), [], []
    stop, got_through = threading.Event(), threading.Event()

    def request() -> None:
        while not stop.is_set():
            began = time.perf_counter()
            with tenant_context(organization), transaction.atomic():
                Aircraft.objects.count()
            waits.append(time.perf_counter() - began)
            got_through.set()
        connection.close()

    def pause(_pause_s: float) -> None:
        got_through.clear()
        assert got_through.wait(30)
        hold()

    requests = threading.Thread(target=request)
    requests.start()
    try:
        failures = migrate_organizations([organization], migrator, tell=lines.append, sleep=pause)
    finally:
        stop.set()
        requests.join()
    assert failures == []
    assert lines[0].endswith("in use, tried again in 1 s")
    assert has_note(organization)
    assert set(migrator.lock_limits) == {"3s"}
    assert max(waits) > 2


class Watched(Migrator):
    """Notes at each try how long the database lets it wait for a lock."""

    def __init__(self) -> None:
        super().__init__()
        self.lock_limits: list[str] = []

    def _apply(self, organization: BoundOrganization) -> int:
        with connections[OWNER].cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            self.lock_limits.append(*cursor.fetchone())
        return super()._apply(organization)


def test_tables_in_use_for_ever_are_reported(
    pair: tuple[Cast, Cast],
    hold: Callable[[], None],
    next_release: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aviation.tenants.migrating.LOCK_PATIENCE_S", 0.05)
    pauses: list[float] = []
    failures = migrate_organizations(
        [cast.organization for cast in pair], Migrator(), tell=str, sleep=pauses.append
    )
    assert [failure.organization for failure in failures] == [pair[0].organization]
    assert "lock timeout" in failures[0].reason
    assert pauses == list(PAUSES_S)
    assert has_note(pair[1].organization)


def test_one_failing_organization_stops_nobody_else(
    pair: tuple[Cast, Cast], next_release: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = (cast.organization for cast in pair)
    with tenant_context(broken), transaction.atomic(using=OWNER):
        connections[OWNER].cursor().execute("ALTER TABLE fleet_aircraft ADD note text")
    lines: list[str] = []
    failures = migrate_organizations([broken, sound], Migrator(), tell=lines.append)
    assert [failure.organization for failure in failures] == [broken]
    assert "already exists" in failures[0].reason
    assert has_note(sound)
    assert times_noted(broken) == 0


def test_failure_ends_the_command_with_an_error(
    pair: tuple[Cast, Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is: here an error that no database raised."""
    organization = pair[0].organization
    SchemaState.objects.using(OWNER).filter(pk=organization.schema_name).update(fingerprint="")

    def fail(*_: object) -> None:
        raise ValueError("odd data")

    monkeypatch.setattr("aviation.tenants.schemas.secure_schema", fail)
    with pytest.raises(CommandError, match=rf"1 of 1 not migrated: {organization.slug} \(odd data"):
        call_command("migrate", "--organization", organization.slug, verbosity=0)


def test_failure_in_the_last_statements_leaves_no_transaction_open(
    pair: tuple[Cast, Cast], next_release: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django loses count of its savepoints there; the next organization must not notice."""
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

    broken, sound = (cast.organization for cast in pair)
    leave = BaseDatabaseSchemaEditor.__exit__

    def leave_badly(editor: Any, *error: Any) -> None:
        if connections[OWNER].settings_dict and editor.deferred_sql is not None:
            monkeypatch.setattr(BaseDatabaseSchemaEditor, "__exit__", leave)
            editor.deferred_sql.append("SELEC 1")
        leave(editor, *error)

    monkeypatch.setattr(BaseDatabaseSchemaEditor, "__exit__", leave_badly)
    failures = migrate_organizations([broken, sound], Migrator(), tell=str)
    assert [failure.organization for failure in failures] == [broken]
    connections[OWNER].close()
    assert has_note(sound)


def test_second_process_finds_nothing_to_do(
    pair: tuple[Cast, Cast], next_release: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that were told of the same organization: the later one looks again, under the lock."""
    organization = pair[0].organization
    assert Migrator().migrate(organization) == 1
    monkeypatch.setattr("aviation.tenants.schemas.secure_schema", pytest.fail)
    assert Migrator().migrate(organization) == 0


def test_plan_names_the_organizations_and_changes_nothing(
    pair: tuple[Cast, Cast], next_release: None
) -> None:
    answer = StringIO()
    call_command("migrate", "--plan", stdout=answer)
    assert NEXT in answer.getvalue()
    assert f"  {pair[0].organization.slug}\n" in answer.getvalue()
    assert not has_note(pair[0].organization)


def test_check_fails_while_an_organization_is_behind(pair: tuple[Cast, Cast]) -> None:
    SchemaState.objects.using(OWNER).filter(pk=pair[0].organization.schema_name).update(
        fingerprint=""
    )
    with pytest.raises(SystemExit):
        call_command("migrate", "--check", verbosity=0)
    call_command("migrate", "--organization", pair[0].organization.slug, verbosity=0)


def test_unknown_organization_is_told(committing: None) -> None:
    with pytest.raises(CommandError, match="no organization nobody"):
        call_command("migrate", "--organization", "nobody", verbosity=0)


def test_up_to_date_organizations_are_not_pending(pair: tuple[Cast, Cast]) -> None:
    slugs = [cast.organization.slug for cast in pair]
    fingerprint = Migrator().fingerprint
    assert not set(slugs) & {each.slug for each in pending_organizations(fingerprint)}
    assert set(slugs) <= {each.slug for each in pending_organizations(None)}


def test_changed_policies_make_every_organization_pending(
    pair: tuple[Cast, Cast], next_release: None
) -> None:
    """The fingerprint covers all that a schema is made from; here, its migrations."""
    pending = {each.slug for each in pending_organizations(Migrator().fingerprint)}
    assert {cast.organization.slug for cast in pair} <= pending


def test_migration_that_runs_python_is_never_played_back() -> None:
    python = Migration("one", "fleet")
    python.operations = [RunPython(RunPython.noop)]
    plain = Migration("two", "fleet")
    plain.operations = [RunSQL("SELECT 1")]
    assert may_play_back([plain])
    assert not may_play_back([plain, python])


def test_every_organization_migration_is_one_transaction() -> None:
    """One that asked to run outside could be left half done."""
    from django.db.migrations.loader import MigrationLoader

    from aviation.tenants.fingerprint import organization_labels

    loader = MigrationLoader(None)
    own = [each for key, each in loader.disk_migrations.items() if key[0] in organization_labels()]
    assert own
    assert all(migration.atomic for migration in own)
