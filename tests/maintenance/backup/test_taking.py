"""Taking a backup: refused where it would be of no use, and never half a one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from psycopg.conninfo import make_conninfo

from aviation.common.errors import Conflict, Unavailable
from embedded.pause import wait_until
from maintenance.backup import manifest as manifests
from maintenance.backup import taking
from maintenance.backup.programs import without_password
from maintenance.backup.restoring import Target
from maintenance.backup.server import dsn_from, locked_server
from maintenance.backup.settings_lines import PROJECT
from maintenance.backup.taking import CannotBackUp, Request, remove_remains, take
from maintenance.backup.wal_store import OtherCluster
from tests.maintenance.backup.clusters import Cluster, end, make_cluster
from tests.maintenance.backup.killed_writers import be_killed_writing

TAKE = """
import os
import sys
from pathlib import Path
from embedded.accounts import server_account
from maintenance.backup.folder_store import FolderStore
from maintenance.backup.keys import read_keys
from maintenance.backup.programs import Programs
from maintenance.backup.taking import Place, Request, take
dsn, folder, keys, programs = sys.argv[1:]
store = FolderStore(Path(folder))
place = Place(dsn, store, read_keys(Path(keys).read_text()), Programs(Path(programs), 18))
for _ in sys.stdin:
    begun = os.fork()
    if not begun:
        os.setsid()
        print(os.getpid(), flush=True)
        os.dup2(2, 1)  # what is logged goes elsewhere
        take(place, Request("test"), lambda _bytes: None)
        os._exit(0)
    os.waitpid(begun, 0)
    print("ended", flush=True)
"""


IS_LOCKED = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory')"


@contextmanager
def taking_processes(cluster: Cluster) -> Iterator[Callable[[float], None]]:
    """Take a backup in a process of its own and kill it, with its children, after so long."""
    parent = subprocess.Popen(
        [
            *(sys.executable, "-c", TAKE, cluster.dsn, str(cluster.store.folder)),
            *(str(cluster.keys_file), str(cluster.programs.folder)),
        ],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    asked, answers = parent.stdin, parent.stdout

    def take_and_kill(seconds: float) -> None:
        asked.write("\n")
        asked.flush()
        pid = int(answers.readline())
        wait_until(lambda: False, time.sleep, seconds)
        with suppress(ProcessLookupError):  # it was quicker
            os.killpg(pid, signal.SIGKILL)
        assert answers.readline() == "ended\n"

    with parent:
        yield take_and_kill
        asked.close()


@pytest.mark.slow
def test_a_killed_backup_is_never_listed_and_the_next_one_finishes() -> None:
    """R8: SIGKILL at 20 random moments; 20 of 20 finish when run again.

    Five on each of four clusters at a time: most of a small backup is waiting for the server.
    """
    clusters = [make_cluster() for _ in range(4)]
    try:
        with ThreadPoolExecutor(len(clusters)) as pool:
            finished = list(pool.map(kill_and_take_five_times, clusters))
    finally:
        for each in clusters:
            end(each)
    assert sum(finished) == 20


def kill_and_take_five_times(cluster: Cluster) -> int:
    """How many finished when they were run again."""
    begun = time.monotonic()
    usable = {cluster.take().id}
    usual_s = time.monotonic() - begun
    retaken = 0
    with taking_processes(cluster) as take_and_kill:
        for _ in range(5):
            take_and_kill(random.uniform(0, usual_s))
            listed = {each.id for each in manifests.read_all(cluster.store)[0]}
            for new in listed - usable:  # it was quicker than the signal, and is whole
                usable.add(new)
                assert cluster.restorer().plan(Target(), new)
            cluster.wait_for(lambda: not cluster.ask(IS_LOCKED), "the server's own notice")
            usable.add(cluster.take().id)
            retaken += 1
            finished, damaged = manifests.read_all(cluster.store)
            assert {each.id for each in finished} == usable
            assert damaged == []
            assert all(manifests.backup_ids(cluster.store).values())
    report = cluster.verifier().verify(sorted(usable)[-1:])
    assert report.is_good, report
    return retaken


def test_a_failing_backup_leaves_nothing(cluster: Cluster) -> None:
    before = cluster.store.names("base")

    def full_disk(passed: int) -> None:
        if passed > 5_000_000:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        take(cluster.place, Request("test"), full_disk)
    assert cluster.store.names("base") == before


def test_two_backups_at_a_time_are_refused(cluster: Cluster) -> None:
    with locked_server(cluster.dsn), pytest.raises(Conflict):
        cluster.take()


def test_so_are_two_from_two_databases_of_the_server(cluster: Cluster) -> None:
    """Each would take the other's for what a killed one left, and delete it."""
    beside = make_conninfo(cluster.dsn, dbname="template1")
    with locked_server(beside), pytest.raises(Conflict):
        cluster.take()


def test_a_store_of_another_cluster_is_refused(cluster: Cluster) -> None:
    """R15"""
    other = make_cluster()
    try:
        other.take()
        before = {name: other.store.size(name) for name in other.store.names("base")}
        mixed = replace(cluster, store=other.store)
        with pytest.raises(OtherCluster):
            mixed.take()
        assert {name: other.store.size(name) for name in other.store.names("base")} == before
    finally:
        end(other)


def test_without_archiving_there_is_no_backup() -> None:
    silent = make_cluster({"archive_mode": "off"})
    try:
        with pytest.raises(CannotBackUp, match="archives no WAL"):
            silent.take()
    finally:
        end(silent)


def test_an_archiver_that_fails_ends_the_backup_with_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(taking, "FAILING_PATIENCE_S", 1.0)
    broken = make_cluster({"archive_command": "/bin/false"})
    try:
        with pytest.raises(CannotBackUp, match="cannot archive its WAL"):
            broken.take()
        assert broken.store.names("base") == []
    finally:
        end(broken)


def test_incremental_needs_summaries(cluster: Cluster) -> None:
    newer = cluster.programs.can_increment
    plain = make_cluster({"summarize_wal": "off"} if newer else {})
    try:
        full = plain.take()
        with pytest.raises(CannotBackUp, match="summarize_wal"):
            plain.take(full)
    finally:
        end(plain)


def test_programs_of_another_version_are_refused(cluster: Cluster) -> None:
    other = replace(
        cluster.place, programs=replace(cluster.programs, major=cluster.programs.major + 1)
    )
    with pytest.raises(CannotBackUp, match="DBX_POSTGRES_BIN"):
        take(other, Request("test"))


def test_the_password_is_in_no_arguments(cluster: Cluster) -> None:
    plain, secret = without_password(cluster.dsn)
    assert "only-for-this-test" not in plain
    assert secret == {"PGPASSWORD": "only-for-this-test"}


def test_a_server_that_does_not_answer_is_told() -> None:
    with pytest.raises(Unavailable), locked_server("host=/nonexistent"):
        raise AssertionError


def test_the_operators_connection_must_be_named() -> None:
    with pytest.raises(Unavailable, match="DBX_BACKUP_URL"):
        dsn_from({})
    assert dsn_from({"DBX_ADMIN_URL": "a", "DBX_BACKUP_URL": "b"}) == "b"


def test_remains_are_told_from_finished_backups(cluster: Cluster) -> None:
    whole = cluster.take()
    with cluster.store.writing("base/20200101T000000Z-full-abcdef/base.tar.zst.age") as file:
        file.write(b"half")
    be_killed_writing(cluster.store, "base/20200101T000000Z-full-abcdef/pg_wal.tar.zst.age")
    assert remove_remains(cluster.store) == ["20200101T000000Z-full-abcdef"]
    assert not (cluster.store.folder / "base/20200101T000000Z-full-abcdef").exists()
    assert whole.id in manifests.backup_ids(cluster.store)


def test_files_of_others_beside_the_backups_are_left_alone(cluster: Cluster) -> None:
    """As file managers and network storages leave them."""
    for name in (".DS_Store", "notes.txt"):
        (path := cluster.store.folder / "base" / name).parent.mkdir(exist_ok=True)
        path.touch()
    try:
        assert remove_remains(cluster.store) == []
        assert {".DS_Store", "notes.txt"}.isdisjoint(manifests.backup_ids(cluster.store))
    finally:
        for name in (".DS_Store", "notes.txt"):
            (cluster.store.folder / "base" / name).unlink()


def test_a_backup_that_was_killed_amid_its_first_file_leaves_nothing(cluster: Cluster) -> None:
    be_killed_writing(cluster.store, "base/20200101T000000Z-full-abcdef/base.tar.zst.age")
    assert remove_remains(cluster.store) == ["20200101T000000Z-full-abcdef"]
    assert not (cluster.store.folder / "base/20200101T000000Z-full-abcdef").exists()
