"""Files beside a database, and what a backup does about them, without the database."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from django.core.files.storage import FileSystemStorage

from maintenance.backup import manifest as manifests
from maintenance.backup.folder_store import FolderStore
from maintenance.backup.keys import BackupKeys, new_key, read_keys
from maintenance.backup.manifest import MEDIA_LIST, Manifest, StoredFile
from maintenance.backup.media_keeping import MediaKeeper, found_damaged, newest_list
from maintenance.backup.media_restoring import plan_media, restore_media
from maintenance.backup.media_source import StorageMedia
from maintenance.backup.streams import seal
from tests.maintenance.backup.test_continuity import a_backup

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = new_key()[0]
KEYS = read_keys(f"1:{SECRET}")


class Counting(StorageMedia):
    """Remembers what was read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(FileSystemStorage(location=folder))
        self.folder = folder
        self.was_read: list[str] = []

    @contextmanager
    def reading(self, name: str) -> Iterator[IO[bytes]]:
        self.was_read.append(name)
        with super().reading(name) as file:
            yield file

    def put(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def keep(
    store: FolderStore, source: StorageMedia, number: int = 0, keys: BackupKeys = KEYS
) -> Manifest:
    """What a backup does about files, without the database; one hour after the one before."""
    known, _ = manifests.read_all(store)
    former = newest_list(known, store, keys)
    keeper = MediaKeeper(store, keys, source, former, found_damaged(known, store))
    keeper.copy_new()
    backup = replace(
        a_backup(backup_id=f"b{number}"),
        finished_at=BEGIN + timedelta(hours=number),
        recipient=str(keys.current),
    )
    with store.writing(f"{backup.folder}/{MEDIA_LIST}") as target:
        sealed = seal(io.BytesIO(keeper.gathered.as_json()), target, keys)
    file = StoredFile(MEDIA_LIST, sealed.stored_bytes, sealed.stored_sha256)
    backup = replace(backup, files=(file,))
    manifests.write(backup, store)
    return backup


def content_of(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def restored(
    store: FolderStore,
    backup: Manifest,
    folder: Path,
    until: datetime | None = None,
    keys: BackupKeys = KEYS,
) -> dict[str, bytes]:
    known, _ = manifests.read_all(store)
    restore_media(plan_media(backup, known, until, store, keys), folder, store, keys)
    return content_of(folder)


def content_names(store: FolderStore) -> list[str]:
    return store.names("media")


def flip_a_byte(store: FolderStore, name: str) -> None:
    path = store.folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
