"""``python -m maintenance.backup.tar_unpacking FOLDER UID GID``: a compressed tar file from stdin.

A process of its own, so that decrypting and unpacking each have a core. It makes folders and plain
files, all below the folder, which must be empty, and nothing else: a link or a path that leads out
is refused. The folders belong to PostgreSQL's account from the beginning, so it may exchange one
for a link meanwhile: none is gone through. Nothing is synced to the disk. The reason of a failure
is told on stderr: exits with 1 when what came is at fault, 2 when it cannot be written.

Format: POSIX ustar, with GNU's base-256 sizes for files of 8 GB and more.
"""

from __future__ import annotations

import os
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

import pyarrow

BLOCK, PART_BYTES = 512, 1 << 20
NOT_OURS, NOT_WRITTEN = 1, 2
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_FOLDER_ONLY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class NotOurs(ValueError):
    """The tar file is cut, damaged, or holds what no backup of ours holds."""


class Unpacker:
    """Reads a tar file's plain bytes and makes what it says."""

    def __init__(self, plain: Any, folder: int, owner: tuple[int, int] | None) -> None:
        """``plain`` answers ``read_buffer``; ``folder`` is an open descriptor."""
        self._plain, self._folder, self._owner = plain, folder, owner

    def unpack(self) -> None:
        """Make everything and read on to the stream's end. Raises NotOurs or OSError."""
        while any(header := self._exactly(BLOCK)):
            try:
                member = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
            except tarfile.HeaderError as error:
                raise NotOurs(f"The tar file cannot be read: {error}") from error
            self._make(member)
        while self._read(PART_BYTES).size:
            continue

    def _make(self, member: tarfile.TarInfo) -> None:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts:
            raise NotOurs(f"{member.name!r} leads out of the folder.")
        if member.isdir():
            if path.parts:
                self._make_folder(path)
        elif member.isreg():
            self._make_file(path, member.size)
        else:
            raise NotOurs(f"{member.name!r} is neither a file nor a folder.")

    def _make_folder(self, path: PurePosixPath) -> None:
        with self._parent(path) as parent:
            os.mkdir(path.name, _FOLDER_MODE, dir_fd=parent)
            made = os.open(path.name, _FOLDER_ONLY, dir_fd=parent)
        try:
            if self._owner:
                os.fchown(made, *self._owner)
        finally:
            os.close(made)

    def _make_file(self, path: PurePosixPath, size: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with self._parent(path) as parent:
            descriptor = os.open(path.name, flags, _FILE_MODE, dir_fd=parent)
        with open(descriptor, "wb", buffering=0) as file:
            if self._owner:
                os.fchown(descriptor, *self._owner)
            missing = size
            while missing:
                part = self._read(min(missing, PART_BYTES))
                if not part.size:
                    raise NotOurs("The tar file is cut off.")
                _write_all(file, part)
                missing -= part.size
        self._exactly(-size % BLOCK)

    def _exactly(self, size: int) -> bytes:
        read: bytes = self._read(size).to_pybytes()
        if len(read) != size:
            raise NotOurs("The tar file is cut off.")
        return read

    def _read(self, size: int) -> Any:
        try:
            return self._plain.read_buffer(size)
        except OSError as error:
            raise NotOurs(f"The compressed stream cannot be read: {error}") from error

    @contextmanager
    def _parent(self, path: PurePosixPath) -> Iterator[int]:
        """The folder that is to hold it, gone to step by step."""
        at = os.dup(self._folder)
        try:
            for name in path.parent.parts:
                within = os.open(name, _FOLDER_ONLY, dir_fd=at)
                os.close(at)
                at = within
            yield at
        finally:
            os.close(at)


def _write_all(file: Any, part: Any) -> None:
    rest = memoryview(part)
    while rest:
        rest = rest[file.write(rest) :]


def main(arguments: list[str]) -> int:
    folder, uid, gid = arguments
    owner = (int(uid), int(gid)) if uid else None
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.umask(0o077)
    plain = pyarrow.CompressedInputStream(pyarrow.PythonFile(sys.stdin.buffer, mode="r"), "zstd")
    try:
        Unpacker(plain, descriptor, owner).unpack()
    except NotOurs as problem:
        return _failed(problem, NOT_OURS)
    except OSError as problem:
        return _failed(problem, NOT_WRITTEN)
    return 0


def _failed(problem: Exception, code: int) -> int:
    sys.stderr.write(f"{problem}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
