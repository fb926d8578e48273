"""WAL fetched ahead of a server: what is late is waited for, what is missing stops it."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from maintenance.backup import wal_ahead
from maintenance.backup.continuity import Reach
from maintenance.backup.keys import new_key, read_keys
from maintenance.backup.manifest import Manifest
from maintenance.backup.programs import Programs
from maintenance.backup.restoring import Plan, Restorer, Target
from maintenance.backup.streams import Damaged
from maintenance.backup.wal_ahead import WalAhead
from maintenance.backup.wal_answering import wal_at_hand
from maintenance.backup.wal_names import Segment
from maintenance.backup.wal_store import all_stored
from tests.maintenance.backup.test_archiving import (
    CLUSTER,
    KEYS,
    MB,
    FolderStore,
    damage,
    put,
    wal_file,
)

COUNT = 12
NEVER = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> tuple[FolderStore, Mapping[str, bytes]]:
    """A store with twelve segments, and their content by name."""
    base = tmp_path_factory.mktemp("archived")
    for name in ("store", "pg_wal"):
        (base / name).mkdir()
    store = FolderStore(base / "store")
    contents = {}
    for number in range(1, COUNT + 1):
        path = wal_file(base / "pg_wal", number)
        put(path, store)
        contents[path.name] = path.read_bytes()
    return store, contents


@pytest.fixture
def store(archived: tuple[FolderStore, Mapping[str, bytes]], tmp_path: Path) -> FolderStore:
    """A copy of it, to break."""
    shutil.copytree(archived[0].folder, tmp_path / "store")
    return FolderStore(tmp_path / "store")


@pytest.fixture
def contents(archived: tuple[FolderStore, Mapping[str, bytes]]) -> Mapping[str, bytes]:
    return archived[1]


def name(number: int) -> str:
    return Segment(1, number).name(MB)


def plan() -> Plan:
    """To roll forward through all twelve."""
    backup = Manifest(
        id="b1",
        policy="test",
        parent="",
        system_identifier=CLUSTER,
        postgres_major=18,
        started_at=NEVER,
        finished_at=NEVER,
        timeline=1,
        start_position=MB,
        stop_position=2 * MB,
        segment_bytes=MB,
        plain_bytes=0,
        recipient="",
        restore_point="",
        files=(),
    )
    segments = tuple(Segment(1, number) for number in range(1, COUNT + 1))
    reach = Reach("b1", 1, segments, "", lacks_own=False)
    return Plan((backup,), Target(), reach, None)


def restorer(store: FolderStore) -> Restorer:
    return Restorer(store, KEYS, Programs(Path("/nonexistent"), 18))


@contextmanager
def fetching(store: FolderStore, base: Path) -> Iterator[tuple[WalAhead, Path]]:
    for each in ("coming", "ready"):
        (base / each).mkdir()
    with WalAhead(plan(), restorer(store), base / "coming", base / "ready") as ahead:
        yield ahead, base / "ready"


@pytest.mark.parametrize(
    "order", [range(1, COUNT + 1), (5, 3, 4, 5, 6), (11, 12), (1, 1, 2), (9, 1)], ids=str
)
@pytest.mark.parametrize("room", [2, COUNT])
def test_whatever_is_asked_for_lies_there(
    store: FolderStore,
    contents: Mapping[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    order: tuple[int, ...],
    room: int,
) -> None:
    """A server looks for its checkpoint first and may go back from there."""
    monkeypatch.setattr(wal_ahead, "AHEAD_BYTES", room * MB)
    with fetching(store, tmp_path) as (ahead, ready):
        for number in order:
            assert ahead.take(name(number))
            taken = ready / name(number)
            assert taken.read_bytes() == contents[taken.name]
            taken.unlink()


def test_no_more_is_fetched_than_there_is_room_for(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wal_ahead, "AHEAD_BYTES", 3 * MB)
    with fetching(store, tmp_path) as (ahead, ready):
        assert ahead.take(name(1))
        assert ahead.take(name(7))
    assert {each.name for each in ready.iterdir()} <= {name(number) for number in (1, 7, 8, 9, 10)}


def test_a_file_of_the_plan_that_is_gone_is_an_error(store: FolderStore, tmp_path: Path) -> None:
    """Else PostgreSQL took the hole for the end of the WAL."""
    store.delete(next(each.object_name for each in all_stored(store) if each.name == name(6)))
    with fetching(store, tmp_path) as (ahead, _):
        assert ahead.take(name(5))
        with pytest.raises(Damaged, match="is gone"):
            ahead.take(name(6))


def test_a_damaged_file_is_an_error_and_not_there(store: FolderStore, tmp_path: Path) -> None:
    damage(store, next(each.object_name for each in all_stored(store) if each.name == name(6)))
    with fetching(store, tmp_path) as (ahead, ready):
        with pytest.raises(Damaged):
            ahead.take(name(6))
        assert not (ready / name(6)).exists()


@pytest.mark.parametrize("other", ["00000002.history", name(COUNT + 1), "../../cluster.json", ""])
def test_a_file_beyond_the_plan_is_looked_for(
    store: FolderStore, tmp_path: Path, other: str
) -> None:
    with fetching(store, tmp_path) as (ahead, _):
        assert not ahead.take(other)


# -- what PostgreSQL calls


Ask = Callable[[str, str], subprocess.CompletedProcess[str]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Call a restore_command as PostgreSQL does: by the shell, in the data directory."""
    (tmp_path / "pg_wal").mkdir()

    def call(command: str, wanted: str) -> subprocess.CompletedProcess[str]:
        said = {"f": wanted, "p": "pg_wal/RECOVERYXLOG", "%": "%"}
        return subprocess.run(
            ["/bin/sh", "-c", re.sub("%(.)", lambda found: said[found[1]], command)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    return call


@pytest.mark.parametrize("folder", ["wal", "w a'l %p", "w" * 150])
def test_the_command_puts_files_where_they_are_wanted(
    store: FolderStore, contents: Mapping[str, bytes], tmp_path: Path, ask: Ask, folder: str
) -> None:
    with wal_at_hand(plan(), restorer(store), tmp_path / folder) as command:
        for number in (1, 2):
            called = ask(command, name(number))
            assert (called.returncode, called.stderr) == (0, "")
            assert (tmp_path / "pg_wal" / "RECOVERYXLOG").read_bytes() == contents[name(number)]


def test_the_command_tells_missing_from_gone(store: FolderStore, tmp_path: Path, ask: Ask) -> None:
    """PostgreSQL ends a recovery quietly at 1, and stops with an error above 125."""
    store.delete(next(each.object_name for each in all_stored(store) if each.name == name(2)))
    with wal_at_hand(plan(), restorer(store), tmp_path / "wal") as command:
        assert ask(command, "00000002.history").returncode == 1
        gone = ask(command, name(2))
    assert gone.returncode == 255
    assert "is gone" in gone.stderr


def test_whoever_asks_for_nonsense_hinders_nobody(
    store: FolderStore, tmp_path: Path, ask: Ask
) -> None:
    """Bytes that are no text, and a command that is called wrongly: neither is "not there"."""
    with wal_at_hand(plan(), restorer(store), tmp_path / "wal") as command:
        address = shlex.split(command)[4]
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(address)
            asking.sendall(b"\xff\xfe\n")
            assert asking.recv(100)
        assert ask(command, name(1)).returncode == 0
        assert ask(command.replace("%p", ""), name(2)).returncode == 255


def test_nobody_answers_once_the_block_is_left(
    store: FolderStore, tmp_path: Path, ask: Ask
) -> None:
    """And nothing of the WAL is left, nor a thread."""
    with wal_at_hand(plan(), restorer(store), tmp_path / "wal") as command:
        pass
    called = ask(command, name(1))
    assert called.returncode == 255
    assert called.stderr
    assert not (tmp_path / "wal").exists()
    assert not [each for each in threading.enumerate() if each.name.startswith("wal")]


@pytest.mark.parametrize("folder", ["wal", "w" * 150])
def test_nothing_is_left_where_the_recovery_failed(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    """The socket lies elsewhere where the folder's path is too long for one."""
    with tempfile.TemporaryDirectory() as temporary:
        monkeypatch.setattr(tempfile, "tempdir", temporary)
        with (
            pytest.raises(RuntimeError, match="no disk"),
            wal_at_hand(plan(), restorer(store), tmp_path / folder),
        ):
            raise RuntimeError("no disk")
        monkeypatch.undo()
        assert list(Path(temporary).iterdir()) == []
    assert not (tmp_path / folder).exists()


def test_what_a_killed_one_left_is_replaced(store: FolderStore, tmp_path: Path, ask: Ask) -> None:
    (tmp_path / "wal" / "ready").mkdir(parents=True)
    (tmp_path / "wal" / "ready" / name(1)).write_bytes(b"half a file")
    with wal_at_hand(plan(), restorer(store), tmp_path / "wal") as command:
        assert ask(command, name(1)).returncode == 0
    assert (tmp_path / "pg_wal" / "RECOVERYXLOG").stat().st_size == MB


def test_a_key_that_opens_nothing_is_an_error(store: FolderStore, tmp_path: Path, ask: Ask) -> None:
    other = Restorer(store, read_keys(f"1:{new_key()[0]}"), Programs(Path("/nonexistent"), 18))
    with wal_at_hand(plan(), other, tmp_path / "wal") as command:
        called = ask(command, name(1))
    assert called.returncode == 255
    assert "keys" in called.stderr
