"""Files beside the database are in every backup, kept once, and come back as they were."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest

from maintenance.backup import manifest as manifests
from maintenance.backup import verdicts
from maintenance.backup.folder_store import FolderStore
from maintenance.backup.keys import KeyProblem, new_key, read_keys
from maintenance.backup.manifest import MEDIA_LIST
from maintenance.backup.media_checking import MediaChecker
from maintenance.backup.media_expiring import remove_unlisted, unlisted
from maintenance.backup.media_keeping import (
    KeepsChanging,
)
from maintenance.backup.media_list import read_list
from maintenance.backup.media_restoring import plan_media, restore_media
from maintenance.backup.restoring import Target
from maintenance.backup.streams import Damaged
from maintenance.backup.taking import Request, take
from maintenance.backup.verdicts import Verdict
from tests.maintenance.backup.clusters import Cluster
from tests.maintenance.backup.media_files import (
    BEGIN,
    KEYS,
    SECRET,
    Counting,
    content_names,
    content_of,
    flip_a_byte,
    keep,
    restored,
)

LOG, ARCHIVED = "organizations/a/logs/one.bin", "organizations/a/telemetry/2026-01/two.parquet"


@pytest.fixture
def source(tmp_path: Path) -> Counting:
    made = Counting(tmp_path / "media")
    made.put(LOG, b"what the autopilot wrote" * 1000)
    made.put(ARCHIVED, os.urandom(50_000))
    return made


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    (tmp_path / "store").mkdir()
    return FolderStore(tmp_path / "store")


def test_files_come_back_byte_for_byte_and_as_old_as_they_were(
    store: FolderStore, source: Counting, tmp_path: Path
) -> None:
    os.utime(source.folder / LOG, (1_700_000_000, 1_700_000_000))
    backup = keep(store, source)
    assert restored(store, backup, tmp_path / "back") == content_of(source.folder)
    assert (tmp_path / "back" / LOG).stat().st_mtime == 1_700_000_000


def test_nothing_of_them_can_be_read_in_the_store(store: FolderStore, source: Counting) -> None:
    keep(store, source)
    stored = b"".join(content_of(store.folder).values())
    assert b"autopilot" not in stored
    assert b"organizations" not in stored


def test_a_file_that_is_kept_is_neither_read_nor_copied_again(
    store: FolderStore, source: Counting
) -> None:
    keep(store, source)
    before = content_names(store)
    source.was_read.clear()
    source.put("organizations/b/logs/three.bin", b"new")
    backup = keep(store, source, 1)
    assert set(source.was_read) == {"organizations/b/logs/three.bin"}
    assert len(content_names(store)) == len(before) + 1
    assert len(read_list(backup, store, KEYS).files) == 3


def test_two_files_of_one_content_are_kept_once(store: FolderStore, source: Counting) -> None:
    for number in range(8):
        source.put(f"organizations/b/logs/{number}.bin", b"the same")
    keep(store, source)
    assert len(content_names(store)) == 3


def test_a_file_that_changed_is_copied_again_and_each_backup_has_its_own(
    store: FolderStore, source: Counting, tmp_path: Path
) -> None:
    first = keep(store, source)
    source.put(LOG, b"written anew")
    second = keep(store, source, 1)
    moment = first.finished_at
    assert restored(store, first, tmp_path / "1", moment)[LOG].startswith(b"what the")
    assert restored(store, second, tmp_path / "2")[LOG] == b"written anew"


def test_what_came_after_the_backup_is_there_for_a_later_moment(
    store: FolderStore, source: Counting, tmp_path: Path
) -> None:
    """The log uploaded between two backups is in the list of the second."""
    first = keep(store, source)
    source.put("organizations/a/logs/later.bin", b"uploaded half an hour later")
    keep(store, source, 1)
    found = restored(store, first, tmp_path / "back", first.finished_at + timedelta(minutes=30))
    assert "organizations/a/logs/later.bin" in found


def test_a_file_that_changes_while_it_is_read_is_no_half_old_one(
    store: FolderStore, source: Counting
) -> None:
    class Restless(Counting):
        @contextmanager
        def reading(self, name: str) -> Iterator[IO[bytes]]:
            self.put(name, os.urandom(100))
            with super().reading(name) as file:
                yield file

    with pytest.raises(KeepsChanging, match=r"one\.bin"):
        keep(store, Restless(source.folder))
    assert content_names(store) == []


def test_every_flipped_byte_and_missing_content_is_found(
    store: FolderStore, source: Counting
) -> None:
    """R1 of files beside the database: 20 flipped of 20, each named with its file."""
    for number in range(30):
        source.put(f"organizations/b/logs/{number}.bin", os.urandom(500))
    backup = keep(store, source)
    assert MediaChecker(store, KEYS).problems(backup) == {}
    names = content_names(store)
    for name in names[:20]:
        flip_a_byte(store, name)
    store.delete(names[20])
    found = MediaChecker(store, KEYS).problems(backup)
    assert set(found) == set(names[:21])
    assert "is missing" in found[names[20]]
    assert all(words.startswith("organizations/") for words in found.values())


def test_content_exchanged_for_other_content_is_found(store: FolderStore, source: Counting) -> None:
    backup = keep(store, source)
    one, two = content_names(store)
    path = store.folder / one
    path.write_bytes((store.folder / two).read_bytes())
    assert list(MediaChecker(store, KEYS).problems(backup)) == [one]


def test_the_next_backup_mends_what_was_found_damaged(store: FolderStore, source: Counting) -> None:
    backup = keep(store, source)
    flip_a_byte(store, content_names(store)[0])
    damaged = MediaChecker(store, KEYS).problems(backup)
    verdicts.keep(Verdict(backup.id, BEGIN, (), damaged), store)
    keep(store, source, 1)
    assert MediaChecker(store, KEYS).problems(backup) == {}


def test_damaged_content_leaves_no_folder(
    store: FolderStore, source: Counting, tmp_path: Path
) -> None:
    backup = keep(store, source)
    flip_a_byte(store, content_names(store)[0])
    with pytest.raises(Damaged):
        restored(store, backup, tmp_path / "back")
    assert not (tmp_path / "back").exists()
    assert not (tmp_path / "back.restoring").exists()


def test_a_name_that_leads_out_of_the_folder_is_refused(
    store: FolderStore, source: Counting, tmp_path: Path
) -> None:
    backup = keep(store, source)
    plan = plan_media(backup, [backup], None, store, KEYS)
    file, name = plan.files[0]
    evil = replace(plan, files=((replace(file, name="../outside"), name),))
    with pytest.raises(Damaged, match="leads out"):
        restore_media(evil, tmp_path / "back", store, KEYS)
    assert not (tmp_path / "outside").exists()


def test_expiry_takes_only_what_no_backup_lists(store: FolderStore, source: Counting) -> None:
    first = keep(store, source)
    (source.folder / LOG).unlink()
    source.put("organizations/a/logs/new.bin", b"new")
    second = keep(store, source, 1)
    assert unlisted([first, second], store, KEYS) == frozenset()
    planned = unlisted([second], store, KEYS)
    assert len(planned) == 1
    assert remove_unlisted(planned, store, KEYS) == 0  # the first is still there
    store.delete(f"{first.folder}/{manifests.MANIFEST}")
    assert remove_unlisted(planned, store, KEYS) == 1
    assert MediaChecker(store, KEYS).problems(second) == {}


def test_with_a_damaged_list_nothing_goes(store: FolderStore, source: Counting) -> None:
    first = keep(store, source)
    planned = frozenset(content_names(store))
    flip_a_byte(store, f"{first.folder}/{MEDIA_LIST}")
    with pytest.raises(Damaged):
        remove_unlisted(planned, store, KEYS)
    (store.folder / first.folder / manifests.MANIFEST).write_text("{}")
    with pytest.raises(Damaged):
        remove_unlisted(planned, store, KEYS)
    assert frozenset(content_names(store)) == planned


def test_with_another_key_everything_is_copied_anew(
    store: FolderStore, source: Counting, tmp_path: Path
) -> None:
    """R11: the old key is needed for the old backups only."""
    first = keep(store, source)
    fresh = new_key()[0]
    rotated = read_keys(f"1:{SECRET},2:{fresh}")
    second = keep(store, source, 1, rotated)
    only_new = read_keys(f"2:{fresh}")
    assert restored(store, second, tmp_path / "2", None, only_new) == content_of(source.folder)
    with pytest.raises(KeyProblem):
        MediaChecker(store, only_new).problems(first)


def test_a_public_key_is_enough_to_keep_files(store: FolderStore, source: Counting) -> None:
    public = read_keys(f"1:{KEYS.current}")
    keep(store, source, 0, public)
    before = content_names(store)
    source.was_read.clear()
    keep(store, source, 1, public)
    assert len(source.was_read) == 2
    assert content_names(store) == before


def test_what_a_real_backup_speaks_of_is_in_it(
    cluster: Cluster, source: Counting, tmp_path: Path
) -> None:
    """A file deleted while the server's files are copied is in; so is one that came meanwhile."""
    came = "organizations/a/logs/came.bin"

    def meanwhile(_passed: int) -> None:
        (source.folder / LOG).unlink(missing_ok=True)
        source.put(came, b"uploaded meanwhile")

    whole = (source.folder / LOG).read_bytes()
    place = replace(cluster.place, media=source)
    backup = take(place, Request("test"), meanwhile)
    found = restored(cluster.store, backup, tmp_path / "back", None, cluster.keys)
    assert found[LOG] == whole
    assert found[came] == b"uploaded meanwhile"
    report = cluster.verifier().verify([backup.id])
    assert report.is_good, report
    flip_a_byte(cluster.store, cluster.store.names("media")[0])
    report = cluster.verifier().verify([backup.id])
    assert not report.is_good
    assert "organizations/a/" in report.findings[0].verdict.all_problems[0]
    # The database in it can be restored all the same.
    assert cluster.restorer().plan(Target()).backup.id == backup.id
