"""Putting one finished WAL file into the archive, and getting one out.

What must never happen:
- success told for a file that cannot be read back (PostgreSQL then removes its own copy),
- a file of the archive replaced by a different one of the same name,
- WAL of one cluster in the archive of another,
- "there is no such file" told for one that is there and damaged: PostgreSQL would take it for the
  end of the WAL and start the database without what follows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aviation.common.errors import DomainError
from maintenance.backup.folder_store import FolderStore, Store
from maintenance.backup.keys import BackupKeys, KeyProblem
from maintenance.backup.streams import Damaged, Readable, copy, digest, opened, seal
from maintenance.backup.wal_names import (
    HEADER_BYTES,
    SEGMENT,
    NotWal,
    is_archived_name,
    read_header,
    read_segment_name,
)
from maintenance.backup.wal_store import (
    Ambiguous,
    OtherCluster,
    Stored,
    claim,
    object_name,
    require_cluster,
    stored_file,
)


class CannotArchive(DomainError):
    """The file was not archived; the message says why. PostgreSQL keeps it and tries again."""

    code = "cannot_archive"


def archive(path: Path, store: Store, keys: BackupKeys, *, system_identifier: int) -> Stored:
    """Archive a file; one that is there already with the same content is fine.

    Raises CannotArchive, OtherCluster, Ambiguous, or what the store raises.
    """
    name = path.name
    if not is_archived_name(name):
        raise CannotArchive(f"{name!r} is no file that PostgreSQL archives.")
    claim(store, system_identifier)
    check_owner(path, system_identifier)
    with path.open("rb") as file:
        _, sha256 = digest(file)
    held = stored_file(store, name)
    if held is None:
        return _add(path, store, keys, sha256)
    if held.sha256 != sha256:
        raise CannotArchive(f"The archive holds a different {name}; nothing was replaced.")
    if not _opens(held, store, keys):
        store.delete(held.object_name)  # PostgreSQL still has the same content: this is it
        return _add(path, store, keys, sha256)
    return held


def fetch(
    name: str,
    target: Path,
    store: Store,
    keys: BackupKeys,
    *,
    system_identifier: int,
    is_kept: bool = True,
) -> bool:
    """Put an archived file at ``target``, and on the disk if it is kept; False when there is none.

    Raises Damaged, OtherCluster or Ambiguous; then there is nothing at ``target``.
    """
    require_cluster(store, system_identifier)
    held = stored_file(store, name)
    if held is None:
        return False
    fresh = target.with_name(f"{target.name}.fetched")
    try:
        with fresh.open("wb") as file, reading(held, store, keys) as plain:
            _, sha256 = copy(plain, file)
            if is_kept:
                file.flush()
                os.fsync(file.fileno())
        if sha256 != held.sha256:
            raise Damaged(f"{name} in the archive is not what was archived.")
        if SEGMENT.fullmatch(name):
            check_owner(fresh, system_identifier, name)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    return True


@contextmanager
def reading(held: Stored, store: Store, keys: BackupKeys) -> Iterator[Readable]:
    """An archived file's plain bytes."""
    with store.reading(held.object_name) as stored, opened(stored, keys) as plain:
        yield plain


def _add(path: Path, store: Store, keys: BackupKeys, sha256: str) -> Stored:
    added = Stored(path.name, sha256, object_name(path.name, sha256))
    with path.open("rb") as file, store.writing(added.object_name) as target:
        sealed = seal(file, target, keys)
    if sealed.plain_sha256 != sha256:
        store.delete(added.object_name)
        raise CannotArchive(f"{path.name} changed while it was read.")
    if not _holds(store, added.object_name, sealed.stored_bytes, sealed.stored_sha256):
        store.delete(added.object_name)
        raise CannotArchive(f"{path.name} cannot be read back from the archive.")
    try:
        stored_file(store, path.name)
    except Ambiguous:  # another copy of this cluster was quicker by a moment
        store.delete(added.object_name)
        raise
    return added


def _opens(held: Stored, store: Store, keys: BackupKeys) -> bool:
    """Whether a file that is there already is whole. Without a secret key nobody can tell."""
    if not keys.identities:
        return False
    try:
        with reading(held, store, keys) as plain:
            return digest(plain)[1] == held.sha256
    except (Damaged, KeyProblem):
        return False


def _holds(store: Store, name: str, size: int, sha256: str) -> bool:
    """Whether the store gives back exactly the bytes it was given, from the disk if it can."""
    if isinstance(store, FolderStore):
        store.forget_cached(name)
    with store.reading(name) as stored:
        return digest(stored) == (size, sha256)


def check_owner(path: Path, system_identifier: int, name: str = "") -> None:
    """Raise unless a segment's own header names this cluster and the place its name says."""
    with path.open("rb") as file:
        check_header(file.read(HEADER_BYTES), system_identifier, name or path.name)


def check_header(start: bytes, system_identifier: int, name: str) -> None:
    """The same for the first bytes of a file of this name."""
    if not SEGMENT.match(name) or name.endswith(".backup"):
        return
    try:
        header = read_header(start)
        named = read_segment_name(name[:24], header.segment_bytes)
    except NotWal as error:
        raise CannotArchive(f"{name}: {error}") from None
    if header.system_identifier != system_identifier:
        raise OtherCluster(f"{name} is WAL of cluster {header.system_identifier}.")
    # A new timeline's first segment begins with a copy of the old one's pages.
    if header.segment.number != named.number or header.timeline > named.timeline:
        raise CannotArchive(f"{name} holds the WAL of another segment.")
