"""Django's storage ``backups`` as a Store: a folder directly, anything else through its API.

What must never happen: a name that stands for half a file. A storage other than a folder gets a
whole file at a time (an upload shows only when it is complete), made in a temporary file first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from maintenance.backup.folder_store import FolderStore, Store
from maintenance.backup.streams import Readable

ALIAS = "backups"


class StorageStore:
    """A Store in any storage of Django's."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def names(self, folder: str) -> list[str]:
        try:
            folders, files = self._storage.listdir(folder)
        except FileNotFoundError:
            return []
        found = [f"{folder}/{each}" for each in files]
        for each in folders:
            found += self.names(f"{folder}/{each}")
        return sorted(found)

    def unfinished(self, folder: str) -> list[str]:
        """None: an upload shows only when it is complete."""
        return []

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        if self._storage.exists(name):
            raise FileExistsError(name)
        with tempfile.TemporaryFile() as file:
            yield file
            file.seek(0)
            taken = self._storage.save(name, File(file))
        if taken != name:  # somebody was quicker, and the storage chose another name
            self._storage.delete(taken)
            raise FileExistsError(name)

    @contextmanager
    def reading(self, name: str) -> Iterator[Readable]:
        with self._storage.open(name, "rb") as file:
            yield file

    def size(self, name: str) -> int:
        return self._storage.size(name)

    def delete(self, name: str) -> None:
        self._storage.delete(name)


def backup_store() -> Store:
    """The installation's store of backups: the bucket that is named, else Django's storage."""
    if settings.BACKUP_BUCKET:
        from maintenance.backup.s3_store import Bucket, S3Store

        return S3Store(Bucket(*settings.BACKUP_BUCKET))
    storage = storages[ALIAS]
    if isinstance(storage, FileSystemStorage):
        return FolderStore(Path(storage.location))
    return StorageStore(storage)
