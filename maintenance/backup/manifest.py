"""The document beside a backup that makes it one: what it is, what it needs, and every file's sum.

What must never happen: a backup that is listed as usable before all of it is stored. So the
manifest is written last; files without one are the remains of a backup that was interrupted. It
is readable without a key, holds nothing secret, and carries a checksum of itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from maintenance.backup.folder_store import Store
from maintenance.backup.streams import SUFFIX, Damaged
from maintenance.backup.wal_names import Segment, last_segment_before, segment_at

BASE_FOLDER = "base"
MANIFEST = "manifest.json"
TAR, POSTGRES_MANIFEST, NOTES, MEDIA_LIST = (
    f"{name}{SUFFIX}" for name in ("base.tar", "backup_manifest", "notes.json", "media.json")
)
FORMAT = 1
LARGEST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a backup as it lies in the store."""

    name: str
    stored_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One finished backup. Positions are bytes of WAL; times are UTC by the server's clock."""

    id: str
    policy: str
    parent: str
    """The backup an incremental one builds on; empty for a full one."""
    system_identifier: int
    postgres_major: int
    started_at: datetime
    finished_at: datetime
    timeline: int
    start_position: int
    stop_position: int
    segment_bytes: int
    plain_bytes: int
    recipient: str
    """The public key it was encrypted for."""
    restore_point: str
    """Name of the point in the WAL the notes were taken at; empty without notes."""
    files: tuple[StoredFile, ...]

    @property
    def kind(self) -> str:
        return "incremental" if self.parent else "full"

    @property
    def folder(self) -> str:
        return f"{BASE_FOLDER}/{self.id}"

    @property
    def stored_bytes(self) -> int:
        return sum(file.stored_bytes for file in self.files)

    @property
    def first_segment(self) -> Segment:
        return segment_at(self.timeline, self.start_position, self.segment_bytes)

    @property
    def last_segment(self) -> Segment:
        return last_segment_before(self.timeline, self.stop_position, self.segment_bytes)

    def object_name(self, file: StoredFile) -> str:
        return f"{self.folder}/{file.name}"


def write(manifest: Manifest, store: Store) -> None:
    """The last step of a backup."""
    document = _as_document(manifest)
    document["checksum"] = _checksum(document)
    with store.writing(f"{manifest.folder}/{MANIFEST}") as file:
        file.write(json.dumps(document, indent=1).encode())


def read(store: Store, backup_id: str) -> Manifest:
    """Raises FileNotFoundError, or Damaged."""
    with store.reading(f"{BASE_FOLDER}/{backup_id}/{MANIFEST}") as file:
        text = file.read(LARGEST_BYTES)
    try:
        document = json.loads(text)
        checksum = document.pop("checksum")
        if checksum != _checksum(document) or document["format"] != FORMAT:
            raise Damaged(f"The manifest of backup {backup_id} was changed.")
        return _from_document(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"The manifest of backup {backup_id} cannot be read.") from error


def backup_ids(store: Store) -> dict[str, bool]:
    """Every folder below that of backups by its id, and whether it is finished."""
    found: dict[str, bool] = {}
    for name in (*store.names(BASE_FOLDER), *store.unfinished(BASE_FOLDER)):
        _, backup_id, *file = name.split("/", 2)
        if file:
            found[backup_id] = found.get(backup_id, False) or file == [MANIFEST]
    return found


def read_all(store: Store) -> tuple[list[Manifest], list[str]]:
    """The finished backups, oldest first, and the ids of those whose manifest is damaged."""
    manifests, damaged = [], []
    for backup_id, is_finished in backup_ids(store).items():
        try:
            manifests += [read(store, backup_id)] if is_finished else []
        except Damaged:
            damaged.append(backup_id)
    return sorted(manifests, key=lambda each: each.finished_at), damaged


def chain_of(manifest: Manifest, known: Iterable[Manifest]) -> list[Manifest]:
    """The backups it needs, the full one first and itself last. Raises Damaged for a gap."""
    by_id = {each.id: each for each in known}
    chain = [manifest]
    while chain[0].parent:
        parent = by_id.get(chain[0].parent)
        if parent is None:
            raise Damaged(f"Backup {chain[0].id} builds on {chain[0].parent}, which is not there.")
        chain.insert(0, parent)
    return chain


def _as_document(manifest: Manifest) -> dict[str, Any]:
    document = asdict(manifest)
    for name in ("started_at", "finished_at"):
        document[name] = document[name].isoformat()
    document["files"] = list(document["files"])
    return {"format": FORMAT, **document}


def _from_document(document: Mapping[str, Any]) -> Manifest:
    values = {name: value for name, value in document.items() if name != "format"}
    for name in ("started_at", "finished_at"):
        values[name] = datetime.fromisoformat(values[name])
    values["files"] = tuple(StoredFile(**file) for file in values["files"])
    return Manifest(**values)


def _checksum(document: Mapping[str, Any]) -> str:
    plain = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
