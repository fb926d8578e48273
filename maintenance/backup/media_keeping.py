"""Copying what is new among the files beside the database, before and after the base backup.

What must never happen: a file that the database of the backup speaks of, and no backup has.
A file stands before its row does, and goes after its row. So what the rows of the finished base
backup speak of was there before it began and is copied in the first pass, or came meanwhile and
is copied in the second, right after its end. Both passes make one list: a file deleted between
them stays in it. Only a file that came and went between two passes is in neither; a drill tells
of rows whose file is not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from aviation.common.errors import DomainError
from maintenance.backup import verdicts
from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys
from maintenance.backup.manifest import Manifest
from maintenance.backup.media_list import (
    KeptFile,
    MediaList,
    has_list,
    object_name,
    read_list,
    vault_of,
)
from maintenance.backup.media_source import MediaFile, MediaSource
from maintenance.backup.streams import SUFFIX, Damaged, digest, seal

AT_A_TIME = 4
ATTEMPTS = 3


class KeepsChanging(DomainError):
    """A file is written to while it is being copied."""

    code = "media_changing"


@dataclass(slots=True)
class MediaKeeper:
    """Keeps the content of one source's files, and gathers the list of a backup."""

    store: Store
    keys: BackupKeys
    source: MediaSource
    former: MediaList
    damaged: frozenset[str] = frozenset()
    """Digests whose content was found damaged: it is stored again from the file itself."""
    _files: dict[str, KeptFile] = field(default_factory=dict)
    _held: set[str] = field(init=False)
    """Digests whose content is kept under the present keys."""

    def __post_init__(self) -> None:
        names = self.store.names(self.vault)
        self._held = {_digest_in(name) for name in names} - self.damaged

    @property
    def vault(self) -> str:
        return vault_of(self.keys)

    @property
    def gathered(self) -> MediaList:
        return MediaList(self.vault, self._files)

    def copy_new(self) -> None:
        """One pass over all files. Raises what the storage or the store raised."""
        with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="media") as pool:
            for kept in pool.map(self._kept, self.source.files()):
                if kept:
                    self._files[kept.name] = kept

    def _kept(self, file: MediaFile) -> KeptFile | None:
        """The file with its content kept; None when it was deleted meanwhile."""
        for known in (self._files.get(file.name), self.former.files.get(file.name)):
            if known and _is_same(known, file) and known.sha256 in self._held:
                return known
        try:
            for _ in range(ATTEMPTS):
                if kept := self._copied(file):
                    return kept
        except FileNotFoundError:
            return None
        raise KeepsChanging(f"{file.name} changes while it is being copied.")

    def _copied(self, file: MediaFile) -> KeptFile | None:
        """None when what was read first is not what was read then."""
        with self.source.reading(file.name) as plain:
            size_bytes, sha256 = digest(plain)
        if sha256 not in self._held and not self._store(file, sha256):
            return None
        self._held.add(sha256)
        return KeptFile(file.name, size_bytes, file.modified_us, sha256)

    def _store(self, file: MediaFile, sha256: str) -> bool:
        name = object_name(self.vault, sha256)
        if sha256 in self.damaged:
            self.store.delete(name)
        try:
            with (
                self.source.reading(file.name) as plain,
                self.store.writing(name) as target,
            ):
                if seal(plain, target, self.keys).plain_sha256 != sha256:
                    raise _Changed
        except _Changed:
            return False
        except FileExistsError:  # a file of the same content was quicker
            return True
        return True


class _Changed(Exception):
    """Lets a store forget what was written so far."""


def newest_list(known: Iterable[Manifest], store: Store, keys: BackupKeys) -> MediaList:
    """What the newest backup under the present keys lists, to know files by; else nothing.

    With public keys alone nothing can be read: every file is then read and summed again.
    """
    vault = vault_of(keys)
    newest_first = sorted(known, key=lambda each: each.finished_at, reverse=True)
    for manifest in newest_first if keys.identities else ():
        if not has_list(manifest) or manifest.recipient != str(keys.current):
            continue
        try:
            found = read_list(manifest, store, keys)
        except (Damaged, FileNotFoundError):
            continue  # verifying tells of it
        if found.vault == vault:
            return found
    return MediaList(vault, {})


def found_damaged(known: Iterable[Manifest], store: Store) -> frozenset[str]:
    """Digests of what the last verification of any backup found damaged or missing."""
    last = (verdicts.latest(store, each.id) for each in known if has_list(each))
    return frozenset(_digest_in(name) for each in last if each for name in each.media)


def _digest_in(object_name: str) -> str:
    return object_name.rpartition("/")[2].removesuffix(SUFFIX)


def _is_same(known: KeptFile, file: MediaFile) -> bool:
    return (known.size_bytes, known.modified_us) == (file.size_bytes, file.modified_us)
