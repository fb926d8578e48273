"""Taking one backup of the whole cluster, full or incremental.

What must never happen: a backup without the WAL it needs, or one that is listed before it is
whole. The server is asked to wait for its WAL to be archived, the archive is then looked through,
and only then the manifest is written. What an interrupted backup left is removed by the next one,
which holds the lock that says no other is being taken.
"""

from __future__ import annotations

import io
import json
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from aviation.common.errors import DomainError
from maintenance.backup import manifest as manifests
from maintenance.backup.continuity import missing_segments
from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys
from maintenance.backup.manifest import (
    MEDIA_LIST,
    NOTES,
    POSTGRES_MANIFEST,
    TAR,
    Manifest,
    StoredFile,
)
from maintenance.backup.media_keeping import MediaKeeper, found_damaged, newest_list
from maintenance.backup.media_list import MediaList
from maintenance.backup.media_source import MediaSource
from maintenance.backup.notes import take_notes
from maintenance.backup.programs import Programs, base_backup
from maintenance.backup.server import Server, locked_server
from maintenance.backup.streams import Readable, copy, opened, seal
from maintenance.backup.tar_watching import TarWatcher
from maintenance.backup.wal_names import read_lsn
from maintenance.backup.wal_store import claim

_MANIFEST_IN_TAR = "backup_manifest"
FAILING_PATIENCE_S, SILENCE_LIMIT_S = 20.0, 1_800.0
Progress = Callable[[int], None]

logger = structlog.get_logger("dbx.backup")


class CannotBackUp(DomainError):
    """The server or the store is not in a state to take a backup; the message says what to do."""

    code = "cannot_back_up"


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted: for which policy, on top of which backup, and whether rows are counted."""

    policy: str
    parent: Manifest | None = None
    with_notes: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where from and where to."""

    dsn: str
    store: Store
    keys: BackupKeys
    programs: Programs
    media: MediaSource | None = None
    """The files beside the database; without, the backup is of the database alone."""


def take(
    place: Place,
    request: Request,
    progress: Progress = lambda _bytes: None,
    begun: Callable[[str, datetime], None] = lambda _id, _at: None,
) -> Manifest:
    """Take a backup and return its manifest; ``begun`` is told its id before the first byte.

    Raises CannotBackUp or what went wrong on the way.
    """
    with locked_server(place.dsn) as server:
        _check(server, place, request)
        claim(place.store, server.system_identifier)
        remove_remains(place.store)
        started_at = server.now()
        backup_id = new_id(started_at, is_full=request.parent is None)
        logger.info("backup begins", backup=backup_id, policy=request.policy)
        begun(backup_id, started_at)
        try:
            return _take(server, place, request, backup_id, started_at, progress)
        except BaseException:
            _remove(place.store, backup_id)
            raise


def new_id(started_at: datetime, *, is_full: bool) -> str:
    """Sorts by time; the end keeps two of one second apart."""
    kind = "full" if is_full else "incr"
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{kind}-{secrets.token_hex(3)}"


def remove_remains(store: Store) -> list[str]:
    """Delete what interrupted backups left. Only while no backup is being taken."""
    remains = [each for each, finished in manifests.backup_ids(store).items() if not finished]
    for backup_id in remains:
        _remove(store, backup_id)
        logger.warning("remains of an interrupted backup removed", backup=backup_id)
    return remains


def _check(server: Server, place: Place, request: Request) -> None:
    if not server.archives:
        raise CannotBackUp(
            "The server archives no WAL, and a backup is of no use without. Set archive_mode and"
            " archive_command as manage.py backup settings prints them."
        )
    if server.major != place.programs.major:
        raise CannotBackUp(
            f"The server is PostgreSQL {server.major}, the programs in {place.programs.folder} are"
            f" version {place.programs.major}. Set DBX_POSTGRES_BIN to those of the server."
        )
    if request.parent is None:
        return
    if not place.programs.can_increment or not server.summarizes_wal:
        raise CannotBackUp("Incremental backups need PostgreSQL 17 or later and summarize_wal on.")
    if request.parent.system_identifier != server.system_identifier:
        raise CannotBackUp(f"Backup {request.parent.id} is of another cluster.")


def _take(
    server: Server,
    place: Place,
    request: Request,
    backup_id: str,
    started_at: datetime,
    progress: Progress,
) -> Manifest:
    folder = f"{manifests.BASE_FOLDER}/{backup_id}"
    keeper = _keeper(place)
    if keeper:
        keeper.copy_new()
    tar, sent = _receive(server, place, request, backup_id, progress)
    stored = [sent]
    finished_at = server.now()
    if keeper:
        keeper.copy_new()
        stored.append(_store_list(place, folder, keeper.gathered))
    postgres_manifest = tar.kept.get(_MANIFEST_IN_TAR)
    if postgres_manifest is None:
        raise CannotBackUp("pg_basebackup sent no manifest.")
    stored.append(_store(place, folder, POSTGRES_MANIFEST, io.BytesIO(postgres_manifest)))
    notes = take_notes(server, backup_id) if request.with_notes else None
    if notes:
        stored.append(_store(place, folder, NOTES, io.BytesIO(notes.as_json())))
    manifest = Manifest(
        id=backup_id,
        policy=request.policy,
        parent=request.parent.id if request.parent else "",
        system_identifier=server.system_identifier,
        postgres_major=server.major,
        started_at=started_at,
        finished_at=finished_at,
        **_positions(json.loads(postgres_manifest)),
        segment_bytes=server.segment_bytes,
        plain_bytes=tar.passed_bytes,
        recipient=str(place.keys.current),
        restore_point=notes.restore_point if notes else "",
        files=tuple(stored),
    )
    _require_wal(place.store, manifest)
    manifests.write(manifest, place.store)
    logger.info("backup is complete", backup=backup_id, stored_bytes=manifest.stored_bytes)
    return manifest


def _receive(
    server: Server, place: Place, request: Request, backup_id: str, progress: Progress
) -> tuple[TarWatcher, StoredFile]:
    """The server's files, stored as they come; what was seen of them in passing."""
    with tempfile.TemporaryDirectory() as scratch:
        parent = _parent_manifest(place, request.parent, Path(scratch))
        with base_backup(
            place.programs,
            place.dsn,
            label=backup_id,
            parent_manifest=parent,
            while_silent=lambda seconds: _give_up_if_stuck(server, seconds),
        ) as running:
            tar = TarWatcher(running, frozenset({_MANIFEST_IN_TAR}), progress)
            return tar, _store(place, f"{manifests.BASE_FOLDER}/{backup_id}", TAR, tar)


def _give_up_if_stuck(server: Server, silent_s: float) -> None:
    """The server waits for its WAL to be archived, for ever if archiving fails."""
    if silent_s > FAILING_PATIENCE_S and server.is_archiving_failing():
        raise CannotBackUp("The server cannot archive its WAL; its log says why.")
    if silent_s > SILENCE_LIMIT_S:
        raise CannotBackUp(f"Nothing has come from the server for {silent_s:.0f} seconds.")


def _store(place: Place, folder: str, name: str, source: Readable) -> StoredFile:
    with place.store.writing(f"{folder}/{name}") as target:
        sealed = seal(source, target, place.keys)
    return StoredFile(name, sealed.stored_bytes, sealed.stored_sha256)


def _keeper(place: Place) -> MediaKeeper | None:
    if place.media is None:
        return None
    known, _ = manifests.read_all(place.store)
    former = newest_list(known, place.store, place.keys)
    damaged = found_damaged(known, place.store)
    return MediaKeeper(place.store, place.keys, place.media, former, damaged)


def _store_list(place: Place, folder: str, gathered: MediaList) -> StoredFile:
    return _store(place, folder, MEDIA_LIST, io.BytesIO(gathered.as_json()))


def _parent_manifest(place: Place, parent: Manifest | None, scratch: Path) -> Path | None:
    """PostgreSQL's manifest of the parent, where pg_basebackup can read it."""
    if parent is None:
        return None
    path = scratch / "parent_manifest"
    with (
        place.store.reading(f"{parent.folder}/{POSTGRES_MANIFEST}") as stored,
        opened(stored, place.keys) as plain,
        path.open("wb") as file,
    ):
        copy(plain, file)
    return path


def _positions(postgres_manifest: dict[str, Any]) -> dict[str, int]:
    """Timeline, start and stop out of PostgreSQL's own manifest."""
    ranges = postgres_manifest["WAL-Ranges"]
    last = ranges[-1]
    return {
        "timeline": int(last["Timeline"]),
        "start_position": read_lsn(last["Start-LSN"]),
        "stop_position": read_lsn(last["End-LSN"]),
    }


def _require_wal(store: Store, manifest: Manifest) -> None:
    missing = missing_segments(store, manifest)
    if missing:
        raise CannotBackUp(f"The archive lacks WAL of this backup: {', '.join(missing)}.")


def _remove(store: Store, backup_id: str) -> None:
    folder = f"{manifests.BASE_FOLDER}/{backup_id}"
    for name in (*store.names(folder), *store.unfinished(folder)):
        store.delete(name)
