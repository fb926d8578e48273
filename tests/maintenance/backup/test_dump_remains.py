"""What a killed dump left goes, and nothing of one that is at work or finished."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg.conninfo import make_conninfo

from aviation.common.errors import Unavailable
from maintenance.backup.dump_remains import LOCK, find_remains, hold_dump, remove_remains
from maintenance.backup.dump_store import (
    DUMP_FOLDER,
    MANIFEST,
    OWN,
    PEOPLE,
    SHARED,
    dump_ids,
    unfinished_ids,
)
from maintenance.backup.folder_store import FolderStore
from maintenance.backup.server import Server, connected_server
from maintenance.backup.session_locks import hold_lock
from maintenance.backup.wal_store import claim
from tests.maintenance.backup.killed_writers import be_killed_writing

MARK = "1a2b3c"
DUMP = f"20260501T120000Z-dump-{MARK}"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path)


@pytest.fixture
def dsn(django_db_setup: None) -> str:
    """The superuser's connection to the tests' own database: locks are a database's."""
    return make_conninfo(
        os.environ["DBX_TEST_ADMIN_URL"], dbname=settings.DATABASES["default"]["NAME"]
    )


@pytest.fixture
def server(dsn: str) -> Iterator[Server]:
    with connected_server(dsn) as found:
        yield found


def write(store: FolderStore, *files: str, dump_id: str = DUMP) -> None:
    for name in files:
        with store.writing(f"{DUMP_FOLDER}/{dump_id}/{name}") as file:
            file.write(b"whatever")


@pytest.mark.parametrize("whole", [(), (OWN,), (OWN, SHARED, PEOPLE)])
def test_what_a_killed_dump_left_goes_with_its_folder(
    store: FolderStore, server: Server, whole: tuple[str, ...]
) -> None:
    write(store, *whole)
    if PEOPLE not in whole:
        be_killed_writing(store, f"{DUMP_FOLDER}/{DUMP}/{PEOPLE}")
    assert find_remains(store, server) == [DUMP]
    assert (store.folder / DUMP_FOLDER / DUMP).exists()
    assert remove_remains(store, server) == [DUMP]
    assert not (store.folder / DUMP_FOLDER / DUMP).exists()
    assert remove_remains(store, server) == []


def test_dump_that_is_at_work_keeps_everything(
    store: FolderStore, server: Server, dsn: str
) -> None:
    write(store, OWN)
    be_killed_writing(store, f"{DUMP_FOLDER}/{DUMP}/{SHARED}")
    with connected_server(dsn) as dumping:
        hold_dump(dumping, MARK)
        assert find_remains(store, server) == remove_remains(store, server) == []
        assert len(list((store.folder / DUMP_FOLDER / DUMP).iterdir())) == 2
    assert wait_until_free(server, MARK)
    assert remove_remains(store, server) == [DUMP]


def test_dump_of_another_database_of_the_server_keeps_everything(
    store: FolderStore, server: Server
) -> None:
    """Two installations on one server share its store: backups are of the whole server."""
    write(store, OWN)
    with connected_server(os.environ["DBX_TEST_ADMIN_URL"]) as dumping:
        hold_dump(dumping, MARK)
        assert find_remains(store, server) == remove_remains(store, server) == []
        assert store.names(DUMP_FOLDER) == [f"{DUMP_FOLDER}/{DUMP}/{OWN}"]


def wait_until_free(server: Server, mark: str) -> bool:
    """As long as a lock's holder who has gone may keep it."""
    is_free = hold_lock(server.connection, LOCK, int(mark, 16))
    server.connection.execute("SELECT pg_advisory_unlock_all()")
    return is_free


def test_finished_dump_is_never_touched(store: FolderStore, server: Server) -> None:
    """Be its manifest damaged: what it is worth is for others to say."""
    write(store, OWN, MANIFEST)
    be_killed_writing(store, f"{DUMP_FOLDER}/{DUMP}/other")
    before = sorted((store.folder / DUMP_FOLDER / DUMP).iterdir())
    assert find_remains(store, server) == remove_remains(store, server) == []
    assert sorted((store.folder / DUMP_FOLDER / DUMP).iterdir()) == before


def test_dump_that_was_finished_meanwhile_is_not_touched(
    store: FolderStore, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking for unfinished ones and having the lock."""

    def and_finish(of: FolderStore) -> list[str]:
        found = unfinished_ids(of)
        write(store, MANIFEST)
        return found

    write(store, OWN)
    monkeypatch.setattr("maintenance.backup.dump_remains.unfinished_ids", and_finish)
    assert remove_remains(store, server) == []
    assert dump_ids(store) == [DUMP]
    assert OWN in {path.name for path in (store.folder / DUMP_FOLDER / DUMP).iterdir()}


class LateStore(FolderStore):
    """Lists what it had when it was opened, as mounted folders and some buckets do for a while."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.listed = super().names("")

    def names(self, folder: str) -> list[str]:
        return [each for each in self.listed if each.startswith(f"{folder}/")]


def test_finished_dump_that_is_not_listed_as_such_yet_is_not_touched(
    store: FolderStore, server: Server
) -> None:
    write(store, OWN)
    late = LateStore(store.folder)
    assert find_remains(late, server) == [DUMP]
    write(store, MANIFEST)
    assert find_remains(late, server) == remove_remains(late, server) == []
    assert len(store.names(DUMP_FOLDER)) == 2


def test_store_of_another_cluster_is_not_touched(store: FolderStore, server: Server) -> None:
    """Whether its dumps are at work another server knows."""
    write(store, OWN)
    claim(store, server.system_identifier + 1)
    assert find_remains(store, server) == remove_remains(store, server) == []
    assert unfinished_ids(store) == [DUMP]


def test_another_database_of_the_server_knows_nothing_of_dumps(store: FolderStore) -> None:
    write(store, OWN)
    with connected_server(os.environ["DBX_TEST_ADMIN_URL"]) as other:
        assert find_remains(store, other) == remove_remains(store, other) == []


def test_server_that_goes_away_meanwhile_is_told_as_one_that_does_not_answer(dsn: str) -> None:
    """Commands have a message and an alarm for it; what else went wrong stays what it is."""
    with pytest.raises(psycopg.errors.DivisionByZero), connected_server(dsn) as server:
        server.connection.execute("SELECT 1 / 0")
    with pytest.raises(Unavailable, match="went away"), connected_server(dsn) as server:
        ask_one_that_was_ended(server, dsn)


def ask_one_that_was_ended(server: Server, dsn: str) -> None:
    pid = server.connection.info.backend_pid
    with psycopg.connect(dsn) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
    server.now()


def test_server_that_ends_idle_transactions_does_not_end_the_commands(dsn: str) -> None:
    """A dump's only exports its snapshot and holds its lock, while pg_dump reads for hours."""
    impatient = make_conninfo(dsn, options="-c idle_in_transaction_session_timeout=300ms")
    with connected_server(impatient) as server, server.connection.transaction():
        server.now()
        await_the_end_of_an_idle_transaction(impatient)
        server.now()


def await_the_end_of_an_idle_transaction(dsn: str) -> None:
    """One that begins now: whatever began before and may be ended has been ended then."""
    with psycopg.connect(dsn) as beside:
        beside.execute("SELECT 1")
        select.select([beside.fileno()], [], [], 30)
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            beside.execute("SELECT 1")


def test_what_is_no_dump_is_left_alone(store: FolderStore, server: Server) -> None:
    write(store, OWN, dump_id="notes")
    for name in ("notes.txt", ".notes", f"{DUMP}/deeper/{MANIFEST}"):
        (path := store.folder / DUMP_FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert find_remains(store, server) == [DUMP]
    assert dump_ids(store) == []
    assert f"{DUMP_FOLDER}/notes/{OWN}" in store.names(DUMP_FOLDER)
