"""Bringing the files beside the database back into a new folder.

What must never happen: a file of an existing folder touched, or a folder that looks whole and is
not. All is made under another name and renamed at the end.

For a moment between two backups the lists of both count, and of the one after: what came since
the first is in the later ones. A file too many does no harm, no row speaks of it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aviation.common.errors import NotFound
from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys
from maintenance.backup.manifest import Manifest
from maintenance.backup.media_list import KeptFile, has_list, read_list
from maintenance.backup.streams import Damaged, copy, opened


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """Files to bring back: each with the name its content has in the store."""

    files: tuple[tuple[KeptFile, str], ...]

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file, _ in self.files)


def plan_media(
    backup: Manifest,
    known: Sequence[Manifest],
    until: datetime | None,
    store: Store,
    keys: BackupKeys,
) -> MediaPlan:
    """What belongs to the database rolled forward from ``backup`` to ``until`` (None: the end).

    Raises NotFound when no backup lists files, Damaged or KeyProblem.
    """
    found: dict[str, tuple[KeptFile, str]] = {}
    counting = _that_count(backup, known, until)
    if not counting:
        raise NotFound(f"Backup {backup.id} and those after it are of the database alone.")
    for manifest in counting:
        listed = read_list(manifest, store, keys)
        # A file of the same name that changed later belongs to what came later.
        for name, file in listed.files.items():
            if name not in found or until is None or manifest.finished_at <= until:
                found[name] = (file, listed.object_name(file))
    return MediaPlan(tuple(found[name] for name in sorted(found)))


def restore_media(plan: MediaPlan, folder: Path, store: Store, keys: BackupKeys) -> None:
    """Write all files below ``folder``, which must be missing or empty. Raises Damaged."""
    work = folder.with_name(f"{folder.name}.restoring")
    if work.exists():
        shutil.rmtree(work)
    work.mkdir(mode=0o750)
    try:
        for file, object_name in plan.files:
            _write(file, object_name, work, store, keys)
        os.sync()
        if folder.exists():
            folder.rmdir()
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _that_count(
    backup: Manifest, known: Sequence[Manifest], until: datetime | None
) -> list[Manifest]:
    """The backup itself, those until the moment, and the first one after it; oldest first."""
    since = [each for each in known if each.finished_at >= backup.finished_at and has_list(each)]
    ordered = sorted(since, key=lambda each: each.finished_at)
    if until is None:
        return ordered
    before = [each for each in ordered if each.finished_at <= until]
    return ordered[: len(before) + 1]


def _write(file: KeptFile, object_name: str, work: Path, store: Store, keys: BackupKeys) -> None:
    path = work / file.name
    if not path.resolve().is_relative_to(work.resolve()):
        raise Damaged(f"{file.name!r} leads out of the folder.")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    try:
        with (
            store.reading(object_name) as stored,
            opened(stored, keys) as plain,
            path.open("xb") as target,
        ):
            found = copy(plain, target)
    except FileNotFoundError as error:
        raise Damaged(f"The content of {file.name} is missing: {object_name}.") from error
    if found != (file.size_bytes, file.sha256):
        raise Damaged(f"{file.name} is not what was stored.")
    path.chmod(0o640)
    os.utime(path, (file.modified_us / 1e6, file.modified_us / 1e6))
