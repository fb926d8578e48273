"""A restore goes into a new folder, with the right keys, whole or not at all."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from aviation.common.errors import Conflict, NotFound
from maintenance.backup.keys import KeyProblem, new_key, read_keys
from maintenance.backup.manifest import Manifest
from maintenance.backup.restoring import CannotRestore, Target
from maintenance.backup.streams import Damaged
from tests.maintenance.backup.clusters import Cluster, forget, new_folder


@pytest.fixture(scope="module")
def backup(cluster: Cluster) -> Manifest:
    return cluster.take()


@pytest.fixture
def folder(cluster: Cluster) -> Iterator[Path]:
    made = new_folder()
    yield made
    shutil.rmtree(made)


def restore(cluster: Cluster, backup: Manifest, data: Path) -> None:
    restorer = cluster.restorer()
    plan = restorer.plan(Target(), backup.id)
    restorer.restore(plan, data, cluster.restore_command())


def test_a_folder_with_anything_in_it_is_refused(
    cluster: Cluster, backup: Manifest, folder: Path
) -> None:
    """R14"""
    (folder / "mine").write_text("precious")
    with pytest.raises(Conflict, match="not empty"):
        restore(cluster, backup, folder)
    assert [path.name for path in folder.iterdir()] == ["mine"]


def test_the_folder_of_a_running_server_is_refused(cluster: Cluster, backup: Manifest) -> None:
    """R14"""
    with pytest.raises(Conflict, match="A server runs"):
        restore(cluster, backup, cluster.server.files.data)
    assert cluster.ask("SELECT 1") == 1


def test_an_empty_folder_is_taken(cluster: Cluster, backup: Manifest, folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    restore(cluster, backup, data)
    assert (data / "recovery.signal").exists()
    assert [path.name for path in folder.iterdir()] == ["data"]
    assert data.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("keys", ["wrong", "lost"])
def test_without_the_right_key_nothing_is_written(
    cluster: Cluster, backup: Manifest, folder: Path, keys: str
) -> None:
    """R11"""
    secret, public = new_key()
    given = read_keys(f"1:{secret if keys == 'wrong' else public}")
    with pytest.raises(KeyProblem):
        cluster.restorer(given).plan(Target(), backup.id)
    assert list(folder.iterdir()) == []


def test_a_rotated_key_restores_old_and_new_backups(
    cluster: Cluster, backup: Manifest, folder: Path
) -> None:
    """R11"""
    rotated = read_keys(f"{cluster.keys_file.read_text()},2:{new_key()[0]}")
    after = dataclasses.replace(cluster, keys=rotated)
    later = after.take()
    assert later.recipient != backup.recipient
    try:
        for manifest in (backup, later):
            restore(after, manifest, folder / manifest.id)
            assert (folder / manifest.id / "PG_VERSION").exists()
    finally:
        forget(cluster, later)  # the other tests' keys do not open it


def test_a_damaged_backup_leaves_no_folder(
    cluster: Cluster, backup: Manifest, folder: Path
) -> None:
    path = cluster.store.folder / backup.object_name(backup.files[0])
    whole = path.read_bytes()
    plan = cluster.restorer().plan(Target(), backup.id)
    path.write_bytes(whole[:-100] + bytes(100))
    try:
        with pytest.raises(Damaged):
            cluster.restorer().restore(plan, folder / "data", cluster.restore_command())
    finally:
        path.write_bytes(whole)
    assert list(folder.iterdir()) == []


def test_a_moment_before_the_backup_is_refused(cluster: Cluster, backup: Manifest) -> None:
    early = Target(backup.finished_at - timedelta(seconds=1))
    with pytest.raises(CannotRestore, match="after the moment"):
        cluster.restorer().plan(early, backup.id)
    with pytest.raises(CannotRestore, match="No usable backup"):
        cluster.restorer().plan(Target(backup.started_at - timedelta(days=1)))


def test_the_newest_backup_before_the_moment_is_chosen(cluster: Cluster, backup: Manifest) -> None:
    later = cluster.take()
    cluster.do("CREATE TABLE something ()")
    cluster.switch()
    assert cluster.restorer().plan(Target()).backup.id == later.id
    between = Target(later.finished_at - timedelta(microseconds=1))
    assert cluster.restorer().plan(between).backup.id != later.id


def test_a_backup_nobody_made_is_not_found(cluster: Cluster, backup: Manifest) -> None:
    with pytest.raises(NotFound):
        cluster.restorer().plan(Target(), "nothing")


def test_settings_of_a_former_recovery_are_replaced(
    cluster: Cluster, backup: Manifest, folder: Path
) -> None:
    cluster.do("ALTER SYSTEM SET recovery_target_xid = '1'")
    try:
        later = cluster.take()
    finally:
        cluster.do("ALTER SYSTEM RESET recovery_target_xid")
    restore(cluster, later, folder / "data")
    text = (folder / "data" / "postgresql.auto.conf").read_text()
    assert "recovery_target_xid" not in text
    assert "restore_command" in text
