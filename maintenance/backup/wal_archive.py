"""The archived WAL as a whole: what is there, what is damaged, and when its transactions ended."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aviation.common.errors import DomainError
from maintenance.backup.archiving import check_header, reading
from maintenance.backup.continuity import Histories, Reach, reach, segments_of
from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys
from maintenance.backup.manifest import Manifest
from maintenance.backup.programs import Programs, commit_times, give
from maintenance.backup.streams import Damaged, copy
from maintenance.backup.wal_names import HEADER_BYTES, HISTORY, Segment, read_history, timeline_of
from maintenance.backup.wal_store import Stored, all_stored

SEGMENTS_SEARCHED_FOR_A_COMMIT = 64
AT_A_TIME = 4


@dataclass(frozen=True, slots=True)
class WalArchive:
    """A look at everything archived."""

    files: tuple[Stored, ...]
    histories: Histories
    damaged: frozenset[str]
    """Names of files that two differ under, or that were found unreadable."""

    def file(self, name: str) -> Stored | None:
        return next((each for each in self.files if each.name == name), None)

    def reach(self, manifest: Manifest) -> Reach:
        """How far a backup can be rolled forward; a damaged file is as good as missing."""
        whole = {each.name for each in self.files} - self.damaged
        return reach(manifest, segments_of(whole, manifest.segment_bytes), self.histories)


def look(store: Store, keys: BackupKeys) -> WalArchive:
    """List the archive and read the timelines' histories, which are a few lines each."""
    files = tuple(all_stored(store))
    names = [each.name for each in files]
    damaged = {name for name in names if names.count(name) > 1} if _has_doubles(names) else set()
    histories = {}
    for file in files:
        if HISTORY.fullmatch(file.name) and file.name not in damaged:
            try:
                with reading(file, store, keys) as plain:
                    histories[timeline_of(file.name)] = read_history(plain.read(1 << 20).decode())
            except Damaged:
                damaged.add(file.name)
    return WalArchive(files, histories, frozenset(damaged))


def checked(archive: WalArchive, store: Store, keys: BackupKeys, system: int) -> WalArchive:
    """The same archive after every file has been read to its end."""
    with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="wal") as pool:
        whole = pool.map(lambda file: _is_whole(file, store, keys, system), archive.files)
        looked_at = zip(archive.files, whole, strict=True)
        damaged = {file.name for file, is_whole in looked_at if not is_whole}
    return WalArchive(archive.files, archive.histories, archive.damaged | damaged)


def unpack_segments(
    segments: Iterable[Segment],
    segment_bytes: int,
    folder: Path,
    archive: WalArchive,
    store: Store,
    keys: BackupKeys,
) -> None:
    """Put segments into a folder under PostgreSQL's names. Raises Damaged."""
    for segment in segments:
        name = segment.name(segment_bytes)
        file = archive.file(name)
        if file is None:
            raise Damaged(f"The archive lacks {name}.")
        with reading(file, store, keys) as plain, (folder / name).open("wb") as target:
            if copy(plain, target)[1] != file.sha256:
                raise Damaged(f"{name} in the archive is not what was archived.")


def last_commit(
    reached: Reach,
    manifest: Manifest,
    archive: WalArchive,
    store: Store,
    keys: BackupKeys,
    programs: Programs,
) -> datetime | None:
    """When the last transaction that can be brought back was committed.

    None when there was none in the last segments looked at: then nothing was changed since.
    """
    for segment in reversed(reached.segments[-SEGMENTS_SEARCHED_FOR_A_COMMIT:]):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            unpack_segments([segment], manifest.segment_bytes, folder, archive, store, keys)
            path = folder / segment.name(manifest.segment_bytes)
            give(programs, folder, path)
            times = commit_times(programs, path)
        if times:
            return datetime.strptime(f"{times[-1]}+0000", "%Y-%m-%d %H:%M:%S.%f UTC%z")
    return None


def _has_doubles(names: list[str]) -> bool:
    return len(names) != len(set(names))


def _is_whole(file: Stored, store: Store, keys: BackupKeys, system: int) -> bool:
    beginning = _Beginning()
    try:
        with reading(file, store, keys) as plain:
            if copy(plain, beginning)[1] != file.sha256:
                return False
        check_header(bytes(beginning.kept), system, file.name)
    except (DomainError, OSError):
        return False
    return True


class _Beginning:
    """Keeps the first bytes of what is written to it."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def write(self, data: bytes, /) -> None:
        self.kept += data[: HEADER_BYTES - len(self.kept)]
