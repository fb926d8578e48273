"""Dumps of single organizations as they lie in the store: three files and a manifest, last."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys
from maintenance.backup.manifest import LARGEST_BYTES, StoredFile
from maintenance.backup.streams import SUFFIX, Damaged, Readable, opened

DUMP_FOLDER, MANIFEST = "dumps", "manifest.json"
OWN, SHARED, PEOPLE = (f"{name}{SUFFIX}" for name in ("own.dump", "shared.dump", "people.csv"))
FORMAT = 1
ID = re.compile(r"[0-9a-z]+T[0-9]+Z-dump-[0-9a-f]{6}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dump:
    """One finished dump of one organization, of one moment."""

    id: str
    organization: str
    """The organization's id."""
    slug: str
    taken_at: datetime
    postgres_major: int
    recipient: str
    rows: Mapping[str, int]
    """By table with its schema, as they were counted in the same moment."""
    people: int
    is_checked: bool
    """Read back and counted before it was listed; a public key alone cannot do that."""
    files: tuple[StoredFile, ...]

    @property
    def folder(self) -> str:
        return f"{DUMP_FOLDER}/{self.id}"

    @property
    def stored_bytes(self) -> int:
        return sum(file.stored_bytes for file in self.files)


def write_dump(dump: Dump, store: Store) -> None:
    """The last step of a dump."""
    document = {"format": FORMAT, **asdict(dump), "taken_at": dump.taken_at.isoformat()}
    document["rows"], document["files"] = dict(dump.rows), list(document["files"])
    document["checksum"] = _checksum(document)
    with store.writing(f"{dump.folder}/{MANIFEST}") as file:
        file.write(json.dumps(document, indent=1).encode())


def read_dump(store: Store, dump_id: str) -> Dump:
    """Raises FileNotFoundError, or Damaged."""
    if not ID.fullmatch(dump_id):
        raise FileNotFoundError(dump_id)
    with store.reading(f"{DUMP_FOLDER}/{dump_id}/{MANIFEST}") as file:
        text = file.read(LARGEST_BYTES)
    try:
        document = json.loads(text)
        if document.pop("checksum") != _checksum(document) or document.pop("format") != FORMAT:
            raise Damaged(f"The manifest of dump {dump_id} was changed.")
        document["taken_at"] = datetime.fromisoformat(document["taken_at"])
        document["files"] = tuple(StoredFile(**file) for file in document["files"])
        return Dump(**document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"The manifest of dump {dump_id} cannot be read.") from error


def dump_ids(store: Store) -> list[str]:
    """The finished ones, oldest first."""
    names = (name.split("/") for name in store.names(DUMP_FOLDER))
    return sorted(parts[1] for parts in names if parts[2:] == [MANIFEST])


def unfinished_ids(store: Store) -> list[str]:
    """Dumps that are being made, or were killed before they were finished; oldest first."""
    names = (*store.names(DUMP_FOLDER), *store.unfinished(DUMP_FOLDER))
    begun = {name.split("/")[1] for name in names}
    return sorted(filter(ID.fullmatch, begun.difference(dump_ids(store))))


def is_finished(dump_id: str, store: Store) -> bool:
    """Whether it has a manifest, be it damaged: asked for by its name, as a listing may be late."""
    try:
        with store.reading(f"{DUMP_FOLDER}/{dump_id}/{MANIFEST}"):
            return True
    except FileNotFoundError:
        return False


def read_dumps(store: Store) -> tuple[list[Dump], list[str]]:
    """The finished ones, oldest first, and the ids of those whose manifest is damaged."""
    dumps, damaged = [], []
    for dump_id in dump_ids(store):
        try:
            dumps.append(read_dump(store, dump_id))
        except Damaged:
            damaged.append(dump_id)
    return dumps, damaged


def remove_dump(dump_id: str, store: Store) -> None:
    """The manifest goes first, so that a kill leaves remains only."""
    store.delete(f"{DUMP_FOLDER}/{dump_id}/{MANIFEST}")
    remove_files(dump_id, store)


def remove_files(dump_id: str, store: Store) -> None:
    """Delete what lies in the folder of a dump that has no manifest, half files too."""
    folder = f"{DUMP_FOLDER}/{dump_id}"
    for name in (*store.names(folder), *store.unfinished(folder)):
        store.delete(name)


@contextmanager
def opened_part(dump: Dump, name: str, store: Store, keys: BackupKeys) -> Iterator[Readable]:
    """A file's plain bytes. Raises Damaged or KeyProblem."""
    try:
        with store.reading(f"{dump.folder}/{name}") as stored, opened(stored, keys) as plain:
            yield plain
    except FileNotFoundError as error:
        raise Damaged(f"{dump.folder}/{name} is missing.") from error


def _checksum(document: Mapping[str, Any]) -> str:
    plain = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
