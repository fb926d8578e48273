"""A stored backup back in a folder: checked, decrypted, unpacked, and combined with its base.

What must never happen: a folder that looks like a data directory and is not whole. All is made
under another name; a stored file whose sum differs raises before its last byte is believed.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys
from maintenance.backup.manifest import TAR, Manifest, StoredFile
from maintenance.backup.programs import Programs, combine, give
from maintenance.backup.streams import PART_BYTES, Damaged, Readable, opened

_FOLDER_MODE, _FILE_MODE = 0o700, 0o600


def unpack_chain(
    chain: Sequence[Manifest], place: Path, store: Store, keys: BackupKeys, programs: Programs
) -> Path:
    """Make a data directory as the last of the chain has it, inside the folder ``place``.

    The folder must be empty, belong to who runs the programs, and have room for the whole chain
    twice. Nothing is synced to the disk. Raises Damaged, KeyProblem or ProgramFailed.
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
    with opened_file(manifest, TAR, store, keys) as plain:
        try:
            with tarfile.open(  # type: ignore[call-overload]
                fileobj=plain, mode="r|", bufsize=PART_BYTES, copybufsize=PART_BYTES
            ) as tar:
                tar.extractall(target, filter=_ours)  # noqa: S202 - filtered
        except tarfile.TarError as error:
            raise Damaged(f"The files of backup {manifest.id} cannot be unpacked.") from error
        while plain.read(PART_BYTES):
            continue
    _give_all(target, programs)


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
    file = next((each for each in manifest.files if each.name == name), None)
    if file is None:
        raise Damaged(f"Backup {manifest.id} has no {name}.")
    with store.reading(manifest.object_name(file)) as stored:
        summed = _Summed(stored, file, manifest.id)
        with opened(summed, keys) as plain:
            yield plain


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


def _ours(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo:
    """Refuse what leads out of the folder; nobody else may read what is inside."""
    checked = tarfile.data_filter(member, path)
    return checked.replace(mode=_FOLDER_MODE if checked.isdir() else _FILE_MODE, deep=False)


def _give_all(folder: Path, programs: Programs) -> None:
    """As root, give everything to the account that runs PostgreSQL."""
    if programs.account:
        for place, _folders, files in os.walk(folder):
            give(programs, Path(place), *(Path(place) / name for name in files))
