"""Archiving WAL: readable back or not reported; nothing replaced; one cluster per store."""

from __future__ import annotations

import io
import os
import resource
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from maintenance.backup.archiving import CannotArchive, archive, fetch
from maintenance.backup.django_store import StorageStore
from maintenance.backup.folder_store import FolderStore, Store
from maintenance.backup.keys import new_key, read_keys
from maintenance.backup.settings_lines import PROJECT
from maintenance.backup.streams import Damaged
from maintenance.backup.wal_store import Ambiguous, OtherCluster, all_stored, cluster_of

SECRET, PUBLIC = new_key()
KEYS = read_keys(f"1:{SECRET}")
CLUSTER = 7_700_000_000_000_000_001
MB = 1 << 20


def segment(number: int, *, cluster: int = CLUSTER, timeline: int = 1, size: int = MB) -> bytes:
    """A WAL segment of 1 MB with a true header and content that does not compress."""
    header = struct.pack("<HHIQIxxxxQII", 0xD118, 2, timeline, number * MB, 0, cluster, size, 8_192)
    return header + os.urandom(MB - len(header))


def wal_file(folder: Path, number: int, content: bytes | None = None, suffix: str = "") -> Path:
    path = folder / f"00000001{number // 4096:08X}{number % 4096:08X}{suffix}"
    path.write_bytes(segment(number) if content is None else content)
    return path


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    (tmp_path / "store").mkdir()
    return FolderStore(tmp_path / "store")


@pytest.fixture
def wal(tmp_path: Path) -> Path:
    (tmp_path / "pg_wal").mkdir()
    return tmp_path / "pg_wal"


def put(path: Path, store: Store, cluster: int = CLUSTER) -> None:
    archive(path, store, KEYS, system_identifier=cluster)


def get(name: str, target: Path, store: Store, cluster: int = CLUSTER) -> bool:
    return fetch(name, target, store, KEYS, system_identifier=cluster)


# -- there and back


def test_an_archived_segment_comes_back(store: FolderStore, wal: Path) -> None:
    path = wal_file(wal, 3)
    put(path, store)
    assert get(path.name, wal / "back", store)
    assert (wal / "back").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("suffix", [".partial", ".00000028.backup"])
def test_other_files_beside_segments_are_kept_too(
    store: FolderStore, wal: Path, suffix: str
) -> None:
    path = wal_file(wal, 3, suffix=suffix)
    put(path, store)
    assert get(path.name, wal / "back", store)
    assert not get(path.name[:24], wal / "whole", store)


def test_a_history_is_kept_with_its_timeline(store: FolderStore, wal: Path) -> None:
    path = wal / "00000002.history"
    path.write_text("1\t0/3000000\tno recovery target specified\n")
    put(path, store)
    assert get(path.name, wal / "back", store)


@pytest.mark.parametrize("name", ["postgresql.conf", "00000001000000000000000", "x" * 24])
def test_what_postgresql_never_archives_is_refused(
    store: FolderStore, wal: Path, name: str
) -> None:
    (wal / name).write_bytes(segment(1))
    with pytest.raises(CannotArchive):
        put(wal / name, store)


def test_a_missing_file_is_no_error(store: FolderStore, wal: Path) -> None:
    put(wal_file(wal, 1), store)
    assert not get("000000010000000000000009", wal / "back", store)
    assert not (wal / "back").exists()


def test_the_same_file_again_is_fine(store: FolderStore, wal: Path) -> None:
    path = wal_file(wal, 3)
    put(path, store)
    names = store.names("wal")
    put(path, store)
    assert store.names("wal") == names


def test_a_different_file_of_the_name_is_refused(store: FolderStore, wal: Path) -> None:
    first = segment(3)
    put(wal_file(wal, 3, first), store)
    with pytest.raises(CannotArchive, match="different"):
        put(wal_file(wal, 3), store)
    assert get("000000010000000000000003", wal / "back", store)
    assert (wal / "back").read_bytes() == first


def test_the_same_file_again_mends_a_damaged_copy(store: FolderStore, wal: Path) -> None:
    path = wal_file(wal, 3)
    put(path, store)
    damage(store, all_stored(store)[0].object_name)
    put(path, store)
    assert get(path.name, wal / "back", store)


def test_a_segment_under_another_name_is_refused(store: FolderStore, wal: Path) -> None:
    with pytest.raises(CannotArchive, match="another segment"):
        put(wal_file(wal, 4, segment(3)), store)


def test_the_first_segment_of_a_new_timeline_begins_with_the_old_one(
    store: FolderStore, wal: Path
) -> None:
    path = wal / "000000020000000000000003"
    path.write_bytes(segment(3, timeline=1))
    put(path, store)
    (wal / "000000010000000000000005").write_bytes(segment(5, timeline=2))
    with pytest.raises(CannotArchive):
        put(wal / "000000010000000000000005", store)


# -- damage and mixing


def damage(store: FolderStore, name: str) -> None:
    path = store.folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_damaged_file_is_not_told_as_missing(store: FolderStore, wal: Path) -> None:
    put(wal_file(wal, 3), store)
    damage(store, all_stored(store)[0].object_name)
    with pytest.raises(Damaged):
        get("000000010000000000000003", wal / "back", store)
    assert not (wal / "back").exists()


def test_two_different_files_of_one_name_are_told(store: FolderStore, wal: Path) -> None:
    put(wal_file(wal, 3), store)
    held = all_stored(store)[0]
    other = store.folder / held.object_name.replace(held.sha256, "0" * 64)
    other.write_bytes(b"something else")
    with pytest.raises(Ambiguous):
        get(held.name, wal / "back", store)


def test_another_cluster_may_not_use_the_store(store: FolderStore, wal: Path) -> None:
    """R15: refused, and no file is changed."""
    put(wal_file(wal, 3), store)
    before = contents(store)
    foreign = wal_file(wal, 4, segment(4, cluster=99))
    for cluster in (99, CLUSTER):
        with pytest.raises(OtherCluster):
            put(foreign, store, cluster)
    with pytest.raises(OtherCluster):
        get("000000010000000000000003", wal / "back", store, 99)
    assert contents(store) == before


def test_wal_of_another_cluster_that_got_in_is_not_handed_out(
    store: FolderStore, wal: Path
) -> None:
    """R15"""
    put(wal_file(wal, 3, segment(3, cluster=99)), store, 99)
    (store.folder / "cluster.json").write_text(f'{{"system_identifier": "{CLUSTER}"}}')
    with pytest.raises(OtherCluster):
        get("000000010000000000000003", wal / "back", store)
    assert not (wal / "back").exists()


def test_what_has_no_header_is_refused_to_another_cluster_too(
    store: FolderStore, wal: Path
) -> None:
    """R15"""
    path = wal / "00000002.history"
    path.write_text("1\t0/3000000\treason\n")
    put(path, store)
    with pytest.raises(OtherCluster):
        get(path.name, wal / "back", store, 99)


def contents(store: FolderStore) -> dict[str, bytes]:
    files = [path for path in store.folder.rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files}


# -- a store that fails (R6)


class FailingStorage(FileSystemStorage):
    """A storage like a distant one that answers badly, or keeps less than it says."""

    def __init__(self, location: Path, fault: str) -> None:
        super().__init__(location=location)
        self.fault = fault

    def _save(self, name: str, content: Any) -> str:
        if self.fault == "500":
            raise OSError("500 Internal Server Error")
        if self.fault == "403":
            raise PermissionError("403 Forbidden")
        if self.fault == "timeout":
            raise TimeoutError("timed out")
        if self.fault == "truncated":
            whole = content.read()
            content = File(io.BytesIO(whole[: int.from_bytes(os.urandom(4)) % len(whole)]))
        return str(super()._save(name, content))


@pytest.mark.parametrize("fault", ["500", "403", "timeout", "truncated"])
def test_nothing_is_reported_that_a_failing_storage_did_not_keep(
    tmp_path: Path, wal: Path, fault: str
) -> None:
    """R6: 20 runs for each fault; afterwards, on a storage that works, all of them succeed."""
    storage = FailingStorage(tmp_path / "distant", "")
    store = StorageStore(storage)
    put(wal_file(wal, 0), store)
    paths = [wal_file(wal, number) for number in range(1, 21)]
    storage.fault = fault
    for path in paths:
        with pytest.raises((CannotArchive, OSError)):
            put(path, store)
        assert not any(each.name == path.name for each in all_stored(store))
    storage.fault = ""
    for path in paths:
        put(path, store)
        assert get(path.name, wal / "back", store)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Writing beyond it fails, as on a disk that is full."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
        signal.signal(signal.SIGXFSZ, handler)


def test_nothing_is_reported_or_left_on_a_full_disk(store: FolderStore, wal: Path) -> None:
    """R6: 20 runs, each full at another byte."""
    put(wal_file(wal, 0), store)
    before = contents(store)
    for number in range(1, 21):
        path = wal_file(wal, number)
        with largest_file(number * 50_000), pytest.raises(OSError, match="File too large"):
            put(path, store)
    assert contents(store) == before


class Lying(FolderStore):
    """Keeps other bytes than it was given, and tells nobody."""

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        with super().writing(name) as file:
            yield file
        if name.startswith("wal"):
            damage(self, name)


def test_a_store_that_keeps_other_bytes_is_found_out(store: FolderStore, wal: Path) -> None:
    """R6"""
    with pytest.raises(CannotArchive, match="cannot be read back"):
        put(wal_file(wal, 1), Lying(store.folder))
    assert all_stored(store) == []


# -- the commands PostgreSQL calls


def run_command(name: str, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"maintenance.backup.{name}", *arguments],
        cwd=data,
        env={"PYTHONPATH": str(PROJECT), "DBX_BACKUP_KEYS": f"1:{SECRET}"},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def data(tmp_path: Path, wal: Path) -> Path:
    """As much of a data directory as the commands look at."""
    (tmp_path / "global").mkdir()
    (tmp_path / "global" / "pg_control").write_bytes(struct.pack("=Q", CLUSTER) + bytes(100))
    return tmp_path


def test_commands_archive_and_fetch(store: FolderStore, data: Path) -> None:
    path = wal_file(data / "pg_wal", 3)
    place = ("--folder", str(store.folder))
    archived = run_command(
        "archive_command", data, *place, "--recipient", PUBLIC, f"pg_wal/{path.name}"
    )
    assert (archived.returncode, archived.stderr) == (0, "")
    fetched = run_command("restore_command", data, *place, path.name, "pg_wal/RECOVERYXLOG")
    assert (fetched.returncode, fetched.stderr) == (0, "")
    assert (data / "pg_wal" / "RECOVERYXLOG").read_bytes() == path.read_bytes()
    assert cluster_of(store) == CLUSTER


def test_restore_command_tells_missing_from_damaged(store: FolderStore, data: Path) -> None:
    """PostgreSQL ends a recovery quietly at 1, and stops with an error above 125."""
    put(wal_file(data / "pg_wal", 3), store)
    place = ("--folder", str(store.folder))
    missing = run_command("restore_command", data, *place, "0" * 24, "pg_wal/R")
    assert (missing.returncode, missing.stderr) == (1, "")
    damage(store, all_stored(store)[0].object_name)
    name = all_stored(store)[0].name
    damaged = run_command("restore_command", data, *place, name, "pg_wal/R")
    assert damaged.returncode == 255
    assert "authentication" in damaged.stderr


def test_archive_command_fails_in_one_line_without_the_key(store: FolderStore, data: Path) -> None:
    path = wal_file(data / "pg_wal", 3)
    place = ("--folder", str(store.folder))
    ended = run_command("archive_command", data, *place, "--recipient", "age1x", str(path))
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == ["Backup key 1 is no age key."]
    assert all_stored(store) == []


def test_archive_command_loads_no_django() -> None:
    code = "import sys, maintenance.backup.archive_command; print('django' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.stdout.strip() == "False", ended.stderr
