"""A folder that keeps backups, and the few things every store can do.

What must never happen: a name that stands for half a file, a file that is replaced, or success
told for what a power cut would take back. A file is written under a hidden name, synced, given
its real name by a link (which fails when the name is taken), and its folder synced. Names are
paths with slashes, below the store's own folder.

PostgreSQL's archive command and the operator's commands may run as different accounts. What root
makes here belongs to the owner of the store's folder, so that each finds the other's files.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

from maintenance.backup.streams import Readable, Writable

HIDDEN = "."
FOLDER_MODE, FILE_MODE = 0o750, 0o640


class Store(Protocol):
    """Where backups are kept. Nothing is ever replaced."""

    def names(self, folder: str) -> list[str]:
        """All files below a folder, as full names in order; none when it does not exist."""

    def unfinished(self, folder: str) -> list[str]:
        """Files below a folder that got no name: being written, or left by who was killed."""

    def writing(self, name: str) -> AbstractContextManager[Writable]:
        """A file that exists once the block has ended well, and not at all otherwise.

        Raises FileExistsError when there is one of that name.
        """

    def reading(self, name: str) -> AbstractContextManager[Readable]:
        """An existing file from its beginning. Raises FileNotFoundError."""

    def size(self, name: str) -> int:
        """Its bytes. Raises FileNotFoundError."""

    def delete(self, name: str) -> None:
        """Remove a file; one that is gone already is fine."""


class FolderStore:
    """A Store in a local or mounted folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self, folder: str) -> list[str]:
        return [each for each in self._files(folder) if not _is_hidden(each)]

    def unfinished(self, folder: str) -> list[str]:
        return [each for each in self._files(folder) if _is_hidden(each)]

    def _files(self, folder: str) -> list[str]:
        found = []
        for place, folders, files in os.walk(self._path(folder)):
            folders[:] = [each for each in folders if not each.startswith(HIDDEN)]
            below = Path(place).relative_to(self.folder)
            found += [str(below / each) for each in files]
        return sorted(found)

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        path = self._path(name)
        self._make_folders(path.parent)
        hidden = path.with_name(f"{HIDDEN}{secrets.token_hex(8)}.part")
        descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        try:
            with open(descriptor, "wb", buffering=1 << 20) as file:
                self._give(hidden)
                yield file
                file.flush()
                os.fsync(descriptor)
            os.link(hidden, path)
        finally:
            hidden.unlink(missing_ok=True)
        _sync_folder(path.parent)

    @contextmanager
    def reading(self, name: str) -> Iterator[IO[bytes]]:
        with self._path(name).open("rb") as file:
            yield file

    def size(self, name: str) -> int:
        return self._path(name).stat().st_size

    def delete(self, name: str) -> None:
        path = self._path(name)
        path.unlink(missing_ok=True)
        with suppress(OSError):  # others lie in it still
            path.parent.rmdir()

    def forget_cached(self, name: str) -> None:
        """Let the next reading come from the disk itself, as far as the system allows."""
        with self._path(name).open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def _path(self, name: str) -> Path:
        if name.startswith("/") or ".." in name.split("/"):
            raise ValueError(f"{name!r} is no name in a store.")
        return self.folder / name

    def _make_folders(self, folder: Path) -> None:
        """Make what is missing of the path; each name is synced into the folder that holds it."""
        if folder.is_dir():
            return
        self._make_folders(folder.parent)
        with suppress(FileExistsError):  # somebody else just made it
            folder.mkdir(mode=FOLDER_MODE)
            self._give(folder)
        _sync_folder(folder.parent)

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            owner = self.folder.stat()
            os.chown(path, owner.st_uid, owner.st_gid)


def _is_hidden(name: str) -> bool:
    return name.rpartition("/")[2].startswith(HIDDEN)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
