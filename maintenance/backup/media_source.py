"""The files beside the database: raw logs and archived telemetry in Django's storage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import IO, Protocol

from django.core.files.storage import Storage

from maintenance.backup.streams import Readable


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file as its storage tells of it; it is taken for unchanged while this stays the same."""

    name: str
    size_bytes: int
    modified_us: int
    """Microseconds since 1970."""


class MediaSource(Protocol):
    """Where the files are. Any of them may be gone by the time it is asked for."""

    def files(self) -> Iterator[MediaFile]: ...

    def reading(self, name: str) -> AbstractContextManager[Readable]:
        """Raises FileNotFoundError."""


class StorageMedia:
    """All files of one of Django's storages."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def files(self) -> Iterator[MediaFile]:
        return self._below("")

    @contextmanager
    def reading(self, name: str) -> Iterator[IO[bytes]]:
        with self._storage.open(name, "rb") as file:
            yield file

    def _below(self, folder: str) -> Iterator[MediaFile]:
        try:
            folders, files = self._storage.listdir(folder)
        except FileNotFoundError:
            return
        for name in sorted(files):
            try:
                yield self._described(f"{folder}{name}")
            except FileNotFoundError:
                continue  # deleted since it was listed
        for name in sorted(folders):
            yield from self._below(f"{folder}{name}/")

    def _described(self, name: str) -> MediaFile:
        modified = self._storage.get_modified_time(name)
        return MediaFile(name, self._storage.size(name), round(modified.timestamp() * 1e6))
