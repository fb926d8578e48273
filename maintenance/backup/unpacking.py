"""A stored backup back in a folder: checked, decrypted, unpacked, and combined with its base.

What must never happen: a folder that looks like a data directory and is not whole. All is made
under another name; a stored file whose sum differs raises before its last byte is believed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from embedded.accounts import Account
from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys
from maintenance.backup.manifest import TAR, Manifest, StoredFile
from maintenance.backup.programs import PLAIN_ENVIRONMENT, Programs, combine, give
from maintenance.backup.settings_lines import PROJECT
from maintenance.backup.streams import PART_BYTES, Damaged, Readable, decrypt, opened
from maintenance.backup.tar_unpacking import NOT_OURS

_FOLDER_MODE = 0o700
_UNPACKER = "maintenance.backup.tar_unpacking"


def unpack_chain(
    chain: Sequence[Manifest], place: Path, store: Store, keys: BackupKeys, programs: Programs
) -> Path:
    """Make a data directory as the last of the chain has it, inside the folder ``place``.

    The folder must be empty, belong to who runs the programs, and have room for the whole chain
    twice. Nothing is synced to the disk. Raises Damaged, KeyProblem, ProgramFailed or OSError.
    """
    parts = [place / f"part-{number}" for number in range(len(chain))]
    for manifest, part in zip(chain, parts, strict=True):
        unpack(manifest, part, store, keys, programs)
    if len(parts) == 1:
        return parts[0]
    combine(programs, parts, place / "whole")
    return place / "whole"


def unpack(
    manifest: Manifest, target: Path, store: Store, keys: BackupKeys, programs: Programs
) -> None:
    """Unpack one backup's own files into a new folder."""
    target.mkdir(mode=_FOLDER_MODE)
    give(programs, target)
    file = _file_of(manifest, TAR)
    with (
        store.reading(manifest.object_name(file)) as stored,
        _unpacker(target, programs.account) as unpacker,
    ):
        assert unpacker.stdin is not None
        summed = _Summed(stored, file, manifest.id)
        try:
            decrypt(summed, unpacker.stdin, keys)
            while summed.read(PART_BYTES):
                continue
        except BrokenPipeError:  # the other half gave up, and says why
            _require_unpacked(unpacker, manifest)
            raise
        _require_unpacked(unpacker, manifest)


def check_keys(manifest: Manifest, store: Store, keys: BackupKeys) -> None:
    """Raise KeyProblem unless the keys open every file; reads only their beginnings."""
    for file in manifest.files:
        with store.reading(manifest.object_name(file)) as stored, opened(stored, keys) as plain:
            plain.read(1)


@contextmanager
def opened_file(
    manifest: Manifest, name: str, store: Store, keys: BackupKeys
) -> Iterator[Readable]:
    """A file's plain bytes. The last reading raises Damaged when the stored bytes were others."""
    file = _file_of(manifest, name)
    with store.reading(manifest.object_name(file)) as stored:
        summed = _Summed(stored, file, manifest.id)
        with opened(summed, keys) as plain:
            yield plain


def _file_of(manifest: Manifest, name: str) -> StoredFile:
    file = next((each for each in manifest.files if each.name == name), None)
    if file is None:
        raise Damaged(f"Backup {manifest.id} has no {name}.")
    return file


class _Summed:
    """Reads on and holds the sum against the manifest's when the end is reached."""

    def __init__(self, source: Readable, file: StoredFile, backup_id: str) -> None:
        self._source, self._file, self._id = source, file, backup_id
        self._hash = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        part = self._source.read(size)
        self._hash.update(part)
        if not part and self._hash.hexdigest() != self._file.sha256:
            raise Damaged(f"{self._file.name} of backup {self._id} is not what was stored.")
        return part


@contextmanager
def _unpacker(target: Path, account: Account | None) -> Iterator[subprocess.Popen[bytes]]:
    """The other half: a process that decompresses and writes what it is sent."""
    owner = (str(account.uid), str(account.gid)) if account else ("", "")
    path = os.pathsep.join([str(PROJECT), *filter(None, sys.path)])
    process = subprocess.Popen(  # noqa: S603 - our own arguments
        [sys.executable, "-m", _UNPACKER, str(target.absolute()), *owner],
        bufsize=PART_BYTES,
        pipesize=PART_BYTES,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/",
        env={**PLAIN_ENVIRONMENT, "PYTHONPATH": path},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _require_unpacked(unpacker: subprocess.Popen[bytes], manifest: Manifest) -> None:
    """Wait for its end. Raises Damaged, or OSError where it could not write."""
    _, said = unpacker.communicate()
    words = said.decode(errors="replace").strip()
    if unpacker.returncode == NOT_OURS:
        raise Damaged(f"The files of backup {manifest.id} cannot be unpacked: {words}")
    if unpacker.returncode:
        raise OSError(f"The files of backup {manifest.id} cannot be written: {words}")
