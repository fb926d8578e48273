"""Backups in a bucket: whole files or none, nothing replaced, faults of the service told."""

from __future__ import annotations

import itertools
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from maintenance.backup import s3_store
from maintenance.backup.archiving import CannotArchive, archive, fetch
from maintenance.backup.django_store import backup_store
from maintenance.backup.s3_store import Bucket, S3Store, StoreFailed
from maintenance.backup.settings_lines import PROJECT, archive_command
from maintenance.backup.wal_store import all_stored
from tests.maintenance.backup.s3_service import Failing, s3_service
from tests.maintenance.backup.test_archiving import CLUSTER, KEYS, PUBLIC, SECRET, wal_file

NUMBERS = itertools.count()
MB = 1 << 20


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, Failing]]:
    with s3_service() as running:
        yield running


@pytest.fixture
def bucket(service: tuple[str, Failing], monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A bucket of its own for each test."""
    address, failing = service
    failing.fault = ""
    failing.released.clear()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    name = f"backups-{next(NUMBERS)}"
    boto3.client("s3", endpoint_url=address, region_name="us-east-1").create_bucket(Bucket=name)
    return Bucket(name, address, "a/folder")


@pytest.fixture
def store(bucket: Bucket) -> S3Store:
    return S3Store(bucket, attempts=1, part_bytes=5 * MB)


def put(store: S3Store, name: str, content: bytes) -> None:
    with store.writing(name) as file:
        for at in range(0, len(content), MB):
            file.write(content[at : at + MB])


def get(store: S3Store, name: str) -> bytes:
    with store.reading(name) as file:
        return b"".join(iter(lambda: file.read(MB), b""))


@pytest.mark.parametrize("size", [0, 1, 5 * MB, 5 * MB + 1, 23 * MB])
def test_a_file_comes_back_whether_it_went_in_one_part_or_many(store: S3Store, size: int) -> None:
    content = os.urandom(size)
    put(store, "base/b/file", content)
    assert store.names("base") == ["base/b/file"]
    assert store.size("base/b/file") == size
    assert get(store, "base/b/file") == content


def test_a_name_appears_only_when_the_file_is_whole(store: S3Store) -> None:
    with store.writing("a/file") as file:
        file.write(os.urandom(12 * MB))
        assert store.names("a") == []
    assert store.names("a") == ["a/file"]


def test_a_failed_writing_leaves_nothing(store: S3Store, bucket: Bucket) -> None:
    def fail() -> None:
        with store.writing("a/file") as file:
            file.write(os.urandom(12 * MB))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.names("") == []
    client = boto3.client("s3", endpoint_url=bucket.endpoint, region_name="us-east-1")
    assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket.name)


@pytest.mark.parametrize("size", [10, 12 * MB])
def test_a_taken_name_is_refused_even_when_it_was_taken_meanwhile(
    store: S3Store, size: int
) -> None:
    def write_slowly() -> None:
        with store.writing("file") as file:
            file.write(bytes(size))
            put(store, "file", b"somebody else's")

    with pytest.raises(FileExistsError):
        write_slowly()
    with pytest.raises(FileExistsError):
        put(store, "file", b"again")
    assert get(store, "file") == b"somebody else's"


def test_what_is_not_there_is_told_as_missing(store: S3Store) -> None:
    with pytest.raises(FileNotFoundError), store.reading("nothing"):
        raise AssertionError
    with pytest.raises(FileNotFoundError):
        store.size("nothing")
    store.delete("nothing")
    assert store.names("nowhere") == []


@pytest.mark.parametrize("name", ["/etc/passwd", "a/../../b"])
def test_names_stay_inside(store: S3Store, name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        put(store, name, b"x")


def test_folders_of_a_like_name_are_told_apart(store: S3Store) -> None:
    put(store, "wal/1", b"x")
    put(store, "wally/1", b"x")
    assert store.names("wal") == ["wal/1"]
    assert store.names("") == ["wal/1", "wally/1"]


@pytest.fixture
def wal(tmp_path: Path) -> Path:
    (tmp_path / "pg_wal").mkdir()
    return tmp_path / "pg_wal"


@pytest.mark.parametrize("fault", ["500", "403", "timeout", "truncated"])
def test_nothing_is_told_as_archived_that_cannot_be_read_back(
    store: S3Store, service: tuple[str, Failing], wal: Path, fault: str
) -> None:
    """R6: 20 runs for each fault; 0 reported, and all succeed once the service works again."""
    _, failing = service
    hurried = S3Store(store.bucket, read_timeout_s=0.2, attempts=1)
    paths = [wal_file(wal, number) for number in range(1, 21)]
    archive(wal_file(wal, 0), store, KEYS, system_identifier=CLUSTER)
    failing.fault = fault
    for number, path in enumerate(paths):
        failing.keep_share = number / 20
        with pytest.raises((CannotArchive, OSError)):
            archive(
                path,
                hurried if fault == "timeout" else store,
                KEYS,
                system_identifier=CLUSTER,
            )
    failing.fault = ""
    failing.released.set()
    assert len(all_stored(store)) == 1
    for path in paths:
        archive(path, store, KEYS, system_identifier=CLUSTER)
        assert fetch(path.name, wal / "back", store, KEYS, system_identifier=CLUSTER)
        assert (wal / "back").read_bytes() == path.read_bytes()


def test_what_the_service_cut_off_is_found_by_its_size(
    store: S3Store, service: tuple[str, Failing]
) -> None:
    _, failing = service
    failing.fault, failing.keep_share = "truncated", 0.5
    with pytest.raises(StoreFailed, match="not arrive whole"):
        put(store, "file", os.urandom(1000))
    failing.fault = ""
    assert store.names("") == []


def test_a_fault_in_the_middle_of_many_parts_leaves_nothing(
    store: S3Store, service: tuple[str, Failing]
) -> None:
    _, failing = service

    def write() -> None:
        with store.writing("base/b/base.tar") as file:
            file.write(os.urandom(6 * MB))
            failing.fault = "500"
            file.write(os.urandom(30 * MB))

    with pytest.raises(StoreFailed):
        write()
    failing.fault = ""
    assert store.names("") == []


def test_parts_are_sent_a_few_at_a_time(store: S3Store, service: tuple[str, Failing]) -> None:
    """Four wait for the service while the fifth is being made, and no more than that."""
    under_way: list[int] = []
    most = [0]
    inner = store._client.upload_part

    def counted(**arguments: Any) -> Any:
        under_way.append(1)
        most[0] = max(most[0], len(under_way))
        try:
            return inner(**arguments)
        finally:
            under_way.pop()

    store._client.upload_part = counted
    put(store, "file", os.urandom(60 * MB))
    assert 1 < most[0] <= s3_store.AT_A_TIME
    assert store.size("file") == 60 * MB


def test_postgresqls_commands_use_the_bucket(bucket: Bucket, tmp_path: Path, wal: Path) -> None:
    (tmp_path / "global").mkdir()
    (tmp_path / "global" / "pg_control").write_bytes(struct.pack("=Q", CLUSTER) + bytes(100))
    path = wal_file(wal, 3)

    def run(name: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", f"maintenance.backup.{name}", *bucket.words, *words],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(PROJECT), "DBX_BACKUP_KEYS": f"1:{SECRET}"},
            capture_output=True,
            text=True,
        )

    archived = run("archive_command", "--recipient", PUBLIC, f"pg_wal/{path.name}")
    assert (archived.returncode, archived.stderr) == (0, "")
    fetched = run("restore_command", path.name, "pg_wal/RECOVERYXLOG")
    assert (fetched.returncode, fetched.stderr) == (0, "")
    assert (wal / "RECOVERYXLOG").read_bytes() == path.read_bytes()
    assert f"--bucket {bucket.name}" in archive_command(bucket, PUBLIC)


def test_the_bucket_of_the_settings_is_the_store(bucket: Bucket, settings: Any) -> None:
    settings.BACKUP_BUCKET = (bucket.name, bucket.endpoint, bucket.folder)
    store = backup_store()
    assert isinstance(store, S3Store)
    assert store.bucket == bucket
