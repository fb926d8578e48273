"""Backups, drills and dumps of the product's own tables, and the document about them."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import transaction
from psycopg.conninfo import make_conninfo

from aviation.tenants.context import platform_context
from embedded.secret_file import SUPERUSER
from maintenance.backup import dumping
from maintenance.backup.choices import AlarmKind
from maintenance.backup.dump_remains import LOCK, remove_remains
from maintenance.backup.dump_store import (
    OWN,
    SHARED,
    Dump,
    dump_ids,
    read_dump,
    remove_dump,
    unfinished_ids,
    write_dump,
)
from maintenance.backup.folder_store import FolderStore, Store
from maintenance.backup.models import BackupAlarm, BackupDrill, BackupPolicy
from maintenance.backup.server import connected_server
from maintenance.backup.taking import Place
from maintenance.backup.wal_store import OtherCluster
from tests.conftest import Cast, make_cast
from tests.maintenance.backup.clusters import Cluster, forget, new_folder
from tests.maintenance.backup.product import bound, log_of, run_program
from tests.maintenance.recovery.installations import Installation, installation

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "operations" / "backup.md"
FENCE = re.compile(r"```sh\n(.*?)```", re.DOTALL)
WRITTEN_FOLDER, WRITTEN_TIME = "/srv/restored", "2026-05-01T12:00:00Z"
WRITTEN_DUMP = "20260501T120000Z-dump-1a2b3c"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def product(django_db_setup: None, django_db_blocker: Any) -> Iterator[Installation]:
    """An installation of its own: a drill counts and a dump reads all that is there."""
    with django_db_blocker.unblock(), installation() as made:
        yield made


@pytest.fixture(scope="module")
def cluster(product: Installation) -> Cluster:
    return product.cluster


@pytest.fixture(scope="module")
def casts(cluster: Cluster) -> dict[str, Cast]:
    """In the installation, whose tests commit what they do."""
    return {slug: make_cast(slug) for slug in ("alpha", "bravo")}


@pytest.fixture
def alpha(casts: dict[str, Cast]) -> Cast:
    return casts["alpha"]


@pytest.fixture
def bravo(casts: dict[str, Cast]) -> Cast:
    return casts["bravo"]


def ask(*words: str) -> Any:
    out = io.StringIO()
    call_command("backup", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


def keep_file(cast: Cast, name: str, content: bytes) -> None:
    path = Path(django_settings.MEDIA_ROOT) / "organizations" / str(cast.organization.id) / "logs"
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_bytes(content)


def drilled(backup: str) -> list[str]:
    """The problems a drill found, as they are recorded; with any, the command fails."""
    with suppress(CommandError):
        ask("drill", backup)
    with platform_context(), transaction.atomic():
        drill = BackupDrill.objects.get(backup_id=backup)
    assert drill.tables_compared > 60
    return list(drill.problems)


def test_a_drill_counts_asks_and_looks_for_files(
    operator: Cluster, alpha: Cast, bravo: Cast
) -> None:
    """R5: every organization's tables, the audit head, amcheck, each app, each raw log."""
    keep_file(alpha, "good.bin", b"what was uploaded")
    bound(operator, alpha.organization.id, log_of(alpha, "good.bin", b"what was uploaded"))
    (backup,) = ask("run", "daily")["made"]
    assert drilled(backup) == []

    keep_file(alpha, "other.bin", b"not what was uploaded")
    bound(operator, alpha.organization.id, log_of(alpha, "other.bin", b"what was once uploaded"))
    bound(operator, alpha.organization.id, log_of(alpha, "gone.bin", b"nobody has it"))
    schema = bravo.organization.schema_name
    operator.do(f"REVOKE SELECT ON {schema}.fleet_aircraft FROM dbx_app")
    try:
        (backup,) = ask("run", "daily")["made"]
        problems = drilled(backup)
    finally:
        operator.do(f"GRANT SELECT ON {schema}.fleet_aircraft TO dbx_app")
        operator.do(f"DELETE FROM {alpha.organization.schema_name}.flights_flightlog")
    with platform_context(), transaction.atomic():
        assert BackupAlarm.objects.open().filter(kind=AlarmKind.DRILL).count() == 1
    told = "\n".join(problems)
    assert "bravo: fleet cannot be asked: permission denied" in told
    assert "bravo: flights cannot be asked: permission denied" in told
    assert "gone.bin is in no backup" in told
    assert "other.bin is kept with other content" in told
    assert len(problems) == 4, problems


@pytest.fixture
def folder() -> Iterator[Path]:
    made = new_folder()
    yield made
    shutil.rmtree(made)


def test_a_dump_holds_one_organization_and_comes_back(
    operator: Cluster, alpha: Cast, bravo: Cast, folder: Path
) -> None:
    """The bytes name nobody else; in a fresh database the rows are those that were counted."""
    made = ask("dump", "--organization", "alpha")
    stored = b"".join(
        (operator.store.folder / name).read_bytes() for name in operator.store.names("dumps")
    )
    assert b"ALPHA-1" not in stored
    fetched = folder / "plain"
    ask("fetch-dump", made["id"], str(fetched))
    plain = b"".join(path.read_bytes() for path in fetched.iterdir())
    assert b"ALPHA-1" in plain
    assert b"pilot@alpha.example.org" in plain
    others = [bravo.organization.id, bravo.organization.id.hex, "BRAVO", "bravo"]
    others += [each.user_id for each in bravo.members.values()]
    assert [each for each in others if str(each).encode() in plain] == []
    assert b"argon2" not in plain

    operator.do("DROP DATABASE IF EXISTS fresh", "CREATE DATABASE fresh")
    fresh = operator.server.url(SUPERUSER, "fresh")
    _restore_into(operator, fresh, fetched)
    with psycopg.connect(fresh) as connection:
        counts = {
            name: connection.execute(f"SELECT count(*) FROM ONLY {name}").fetchone()[0]
            for name in made["rows"]
        }
    assert counts == made["rows"]
    assert counts[f"{alpha.organization.schema_name}.fleet_aircraft"] >= 1
    assert sum(rows for name, rows in counts.items() if "audit_event" in name) > 0


def _restore_into(cluster: Cluster, fresh: str, folder: Path) -> None:
    """As the document says: the shared tables' structure, the people, then the two files."""
    structure = folder / "public.dump"
    run_program(
        cluster,
        *("pg_dump", "--format=custom", "--schema-only", "--schema=public"),
        *(f"--file={structure}", cluster.dsn),
    )
    into = f"--dbname={fresh}"
    run_program(cluster, "pg_restore", "--clean", "--if-exists", into, str(structure))
    people = (folder / "people.csv").read_bytes()
    header = people.splitlines()[0].decode()
    into_people = f"COPY accounts_user ({header}) FROM STDIN (FORMAT csv, HEADER)"
    untold = "-c session_replication_role=replica"  # the shared tables' triggers stay silent
    with (
        psycopg.connect(fresh, options=untold) as connection,
        connection.cursor().copy(into_people) as copy,
    ):
        copy.write(people)
    for part in ("shared.dump", "own.dump"):
        run_program(
            cluster,
            *("pg_restore", "--single-transaction", "--disable-triggers", into),
            str(folder / part),
        )


def test_a_dump_that_was_changed_is_found(operator: Cluster, alpha: Cast) -> None:
    forget(operator)
    made = ask("dump", "--organization", "alpha")["id"]
    dump = read_dump(operator.store, made)
    for name in (OWN, SHARED):
        path = operator.store.folder / dump.folder / name
        whole = path.read_bytes()
        path.write_bytes(whole[:-100] + bytes(100))
        with pytest.raises(CommandError, match="Not everything is good"):
            ask("verify")
        path.write_bytes(whole)
    for words in (("list", "--from-storage"), ("list",)):
        listed = {row["id"]: row for row in ask(*words)}
        assert (listed[made]["state"], listed[made]["policy"]) == ("verified", "alpha")


def test_old_dumps_expire_and_the_catalogue_says_so(operator: Cluster, alpha: Cast) -> None:
    """Printed first, then deleted; the newest good one stays however old it is."""
    for dump_id in dump_ids(operator.store):
        remove_dump(dump_id, operator.store)
    old, newest = (ask("dump", "--organization", "alpha")["id"] for _ in range(2))
    for dump_id, days in ((old, 200), (newest, 100)):
        grow_old(operator, dump_id, days)
    assert ask("expire", "--dry-run")["dumps"] == [old]
    assert set(dump_ids(operator.store)) == {old, newest}
    assert ask("expire")["dumps"] == [old]
    assert dump_ids(operator.store) == [newest]
    states = {row["id"]: row["state"] for row in ask("list")}
    assert (states[old], states[newest]) == ("expired", "verified")
    with platform_context(), transaction.atomic():
        BackupPolicy.objects.of_dumps().delete()
    assert ask("expire")["dumps"] == []


def grow_old(cluster: Cluster, dump_id: str, days: int) -> None:
    dump = read_dump(cluster.store, dump_id)
    cluster.store.delete(f"{dump.folder}/manifest.json")
    write_dump(replace(dump, taken_at=dump.taken_at - timedelta(days=days)), cluster.store)


def test_what_a_killed_dump_left_goes_when_it_is_dead(
    operator: Cluster, alpha: Cast, product: Installation
) -> None:
    """Held up by a lock on a table that pg_dump reads, it is killed amid its first file."""
    table = f"{alpha.organization.schema_name}.fleet_aircraft"
    before = dump_ids(operator.store)
    with psycopg.connect(operator.dsn) as rival:
        rival.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        dump = product.command("backup", "dump", "--organization", "alpha", "--json")
        try:
            (begun,) = wait_for_unfinished(operator)
            assert ask("expire", "--dry-run")["dump_remains"] == []
            assert ask("expire")["dump_remains"] == []
            assert unfinished_ids(operator.store) == [begun]
        finally:
            dump.kill()
            dump.communicate()
    wait_until_noticed(operator)
    assert ask("expire", "--dry-run")["dump_remains"] == [begun]
    assert (operator.store.folder / "dumps" / begun).exists()
    made = ask("dump", "--organization", "alpha")
    assert made["dump_remains"] == [begun]
    assert not (operator.store.folder / "dumps" / begun).exists()
    assert dump_ids(operator.store) == sorted([*before, made["id"]])


def test_a_dump_that_lost_its_lock_does_not_count(
    operator: Cluster, alpha: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ended its connection: its files may have been removed as remains meanwhile."""
    before = operator.store.names("dumps")

    def write_and_lose(dump: Dump, store: Store) -> None:
        write_dump(dump, store)
        operator.do(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks"
            f" WHERE locktype = 'advisory' AND classid = {LOCK}"
        )

    monkeypatch.setattr(dumping, "write_dump", write_and_lose)
    with pytest.raises(CommandError, match="ended the dump's connection"):
        ask("dump", "--organization", "alpha")
    assert operator.store.names("dumps") == before


def test_a_dump_whose_connection_ends_in_the_middle_raises_an_alarm(
    operator: Cluster, alpha: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, count = operator.store.names("dumps"), dumping._counted

    def lose_and_count(*arguments: Any) -> dict[str, int]:
        operator.do(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks"
            f" WHERE locktype = 'advisory' AND classid = {LOCK}"
        )
        return count(*arguments)

    monkeypatch.setattr(dumping, "_counted", lose_and_count)
    with pytest.raises(CommandError, match="went away"):
        ask("dump", "--organization", "alpha")
    assert operator.store.names("dumps") == before
    with platform_context(), transaction.atomic():
        alarm = BackupAlarm.objects.open().get(kind=AlarmKind.BACKUP_FAILED)
    assert "went away" in alarm.message


@pytest.fixture
def elsewhere(worker_id: str) -> str:
    """The superuser's connection to the product on another server, the tests' own."""
    name = f"dbx_test_{worker_id}{os.environ.get('DBX_TEST_SUFFIX', '')}"
    return make_conninfo(os.environ["DBX_TEST_ADMIN_URL"], dbname=name)


def test_a_dump_in_a_store_of_nobodys_yet_is_safe_from_another_server(
    operator: Cluster, alpha: Cast, elsewhere: str, monkeypatch: Any, folder: Path
) -> None:
    """Which does not know that it is at work; nor does it take dumps of its own there then."""
    store, count = FolderStore(folder), dumping._counted
    removed: list[str] = []

    def have_others_look(*arguments: Any) -> dict[str, int]:
        with connected_server(elsewhere) as server:
            removed.extend(remove_remains(store, server))
        return count(*arguments)

    monkeypatch.setattr(dumping, "_counted", have_others_look)
    place = Place(operator.dsn, store, operator.keys, operator.programs)
    made = dumping.dump_organization(place, "alpha")
    assert (dump_ids(store), removed) == ([made.id], [])
    with pytest.raises(OtherCluster, match="a store of its own"):
        dumping.dump_organization(replace(place, dsn=elsewhere), "alpha")


def wait_for_unfinished(cluster: Cluster) -> list[str]:
    pause = threading.Event()
    for _ in range(600):
        if found := unfinished_ids(cluster.store):
            return found
        pause.wait(0.1)
    pytest.fail("No dump was begun.")


def wait_until_noticed(cluster: Cluster) -> None:
    """Until the server knows that whoever held the dump's lock is gone."""
    held = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = {LOCK}"
    pause = threading.Event()
    for _ in range(600):
        if cluster.ask(held) == 0:
            return
        pause.wait(0.1)
    pytest.fail("The lock is held still.")


def test_a_dump_of_nobody_is_refused_and_leaves_nothing(operator: Cluster) -> None:
    before = dump_ids(operator.store)
    with pytest.raises(CommandError, match="no organization"):
        ask("dump", "--organization", "nobody")
    assert dump_ids(operator.store) == before


def test_without_row_level_security_nothing_is_dumped(operator: Cluster, alpha: Cast) -> None:
    operator.do("ALTER TABLE public.accounts_apikey NO FORCE ROW LEVEL SECURITY")
    try:
        with pytest.raises(CommandError, match="accounts_apikey is not guarded"):
            ask("dump", "--organization", "alpha")
    finally:
        operator.do("ALTER TABLE public.accounts_apikey FORCE ROW LEVEL SECURITY")


def test_a_policy_that_lets_others_in_keeps_the_dump_from_being_kept(
    operator: Cluster, alpha: Cast
) -> None:
    before = operator.store.names("dumps")
    told = r"audit_event_\w+ has \d+ rows in the dump instead of"
    table = operator.ask("SELECT tableoid::regclass::text FROM audit_event LIMIT 1")
    with opened(table, operator), pytest.raises(CommandError, match=told):
        ask("dump", "--organization", "alpha")
    assert operator.store.names("dumps") == before


@contextmanager
def opened(table: str, cluster: Cluster) -> Iterator[None]:
    """All of a table's policies let everybody see everything, for a block."""
    query = "SELECT policyname, qual FROM pg_policies WHERE tablename = %s AND qual IS NOT NULL"
    with psycopg.connect(cluster.dsn) as connection:
        policies = connection.execute(query, [table]).fetchall()
    cluster.do(*(f"ALTER POLICY {name} ON public.{table} USING (true)" for name, _ in policies))
    try:
        yield
    finally:
        cluster.do(*(f"ALTER POLICY {name} ON public.{table} USING ({q})" for name, q in policies))


def commands() -> list[str]:
    lines = [line for block in FENCE.findall(DOCUMENT.read_text()) for line in block.splitlines()]
    return [line.removeprefix("manage.py ") for line in lines]


def test_every_command_of_the_document_runs(operator: Cluster, folder: Path) -> None:
    forget(operator)  # what the other tests left is not all good
    with platform_context(), transaction.atomic():  # it is as the daily one, and each takes long
        BackupPolicy.objects.filter(name="weekly").update(is_enabled=False)
    said = {WRITTEN_FOLDER: str(folder)}
    found = commands()
    assert len(found) > 15
    for command in found:
        if WRITTEN_TIME in command:
            said[WRITTEN_TIME] = a_moment(operator)
        for written, meant in said.items():
            command = command.replace(written, meant)
        out = io.StringIO()
        call_command(*shlex.split(command), stdout=out)
        assert out.getvalue().strip(), command
        said[WRITTEN_DUMP] = (dump_ids(operator.store) or [""])[-1]
    assert (folder / "data" / "recovery.signal").exists()
    assert (folder / "media").is_dir()
    assert (folder / "dump" / "own.dump").exists()


def a_moment(cluster: Cluster) -> str:
    """A moment with something done after it, all of it archived."""
    now: datetime = cluster.ask("SELECT clock_timestamp()")
    cluster.do("CREATE TABLE done_later ()")
    cluster.switch()
    return now.astimezone(UTC).isoformat()
