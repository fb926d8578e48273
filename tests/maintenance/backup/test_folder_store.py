"""A folder of backups: whole files or none, and nothing outside of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maintenance.backup.folder_store import FolderStore


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path)


def test_a_name_appears_only_when_the_file_is_whole(store: FolderStore) -> None:
    with store.writing("a/b/file") as file:
        file.write(b"half")
        assert store.names("a") == []
    assert store.names("a") == ["a/b/file"]


def test_a_failed_writing_leaves_nothing(store: FolderStore, tmp_path: Path) -> None:
    def fail() -> None:
        with store.writing("a/file") as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list((tmp_path / "a").iterdir()) == []


def test_a_taken_name_is_refused(store: FolderStore) -> None:
    for content in (b"first", b"second"):
        try:
            with store.writing("file") as file:
                file.write(content)
        except FileExistsError:
            assert content == b"second"
    with store.reading("file") as kept:
        assert kept.read() == b"first"


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside", "a/../../outside"])
def test_names_stay_inside_the_folder(store: FolderStore, name: str) -> None:
    with pytest.raises(ValueError, match="no name in a store"):
        store.size(name)


def test_a_folder_that_is_not_there_holds_nothing(store: FolderStore) -> None:
    assert store.names("nothing") == []
    store.delete("nothing/at/all")


def test_deleting_the_last_file_removes_its_folder(store: FolderStore, tmp_path: Path) -> None:
    with store.writing("a/file") as file:
        file.write(b"x")
    store.delete("a/file")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_makes_belongs_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, 65_534, 65_534)
    with FolderStore(tmp_path).writing("a/file") as file:
        file.write(b"x")
    assert {path.stat().st_uid for path in tmp_path.rglob("*")} == {65_534}
