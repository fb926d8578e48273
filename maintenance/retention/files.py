"""Files of the recycle archive: copied, read back, and only then believed."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from psycopg import sql

from aviation.common.errors import DomainError
from maintenance.retention.rows import Rows

ROWS, MANIFEST = "rows.json.gz", "manifest.json"
CHUNK_BYTES = 1 << 20
_FILE_COLUMNS = {"flights_flightlog": "file", "telemetry_coldfile": "file_name"}


class UnsoundRecycling(DomainError):
    """A file of the recycle archive is missing, or is not what was put there."""

    code = "recycling_unsound"
    status = 503


@dataclass(frozen=True, slots=True)
class Kept:
    """One file in the recycle archive. ``former`` is where it lay; empty: made for the archive.

    ``flight`` is the id of the one it belonged to, if any.
    """

    name: str
    former: str
    bytes: int
    sha256: str
    flight: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def former_files(rows: Rows) -> dict[str, str]:
    """The names of the files that the rows speak of, each with its flight's id or nothing."""
    return {
        str(document[column]): str(document["session_id"] or "")
        for table, column in _FILE_COLUMNS.items()
        for document in rows.get(table, ())
        if document[column]
    }


def in_use(names: Collection[str]) -> set[str]:
    """Which of these files rows in the tables speak of. Inside a transaction."""
    found: set[str] = set()
    with connection.cursor() as cursor:
        for table, column in _FILE_COLUMNS.items():
            query = sql.SQL("SELECT {0} FROM {1} WHERE {0} = ANY(%s)")
            place = (sql.Identifier(column), sql.Identifier(table))
            cursor.execute(query.format(*place), [list(names)])
            found.update(name for (name,) in cursor)
    return found


def copy_in(former: Mapping[str, str], folder: str) -> list[Kept]:
    """Copy files, given with their flights, into the folder and read them back.

    Raises UnsoundRecycling.
    """
    kept = []
    for number, (name, flight) in enumerate(former.items(), start=1):
        digest, size = digest_of(name)
        wanted = f"{folder}/{number:04}-{PurePosixPath(name).name}"
        kept.append(Kept(_copied(name, wanted, digest), name, size, digest, flight))
    return kept


def copy_over(kept: Iterable[Kept], folder: str) -> list[Kept]:
    """Copy files from one folder of the recycle archive into another. Raises UnsoundRecycling."""
    copies = []
    for each in kept:
        wanted = f"{folder}/{PurePosixPath(each.name).name}"
        copies.append(replace(each, name=_copied(each.name, wanted, each.sha256)))
    return copies


def write(name: str, content: bytes) -> Kept:
    """Store content made for the archive and read it back. Raises UnsoundRecycling."""
    digest = hashlib.sha256(content).hexdigest()
    stored = default_storage.save(name, ContentFile(content))
    if digest_of(stored)[0] != digest:
        default_storage.delete(stored)
        raise UnsoundRecycling(f"{stored} did not come back as it was written.")
    return Kept(stored, "", len(content), digest)


def read(kept: Kept) -> bytes:
    """The file's bytes. Raises UnsoundRecycling unless they are those that were put there."""
    try:
        with default_storage.open(kept.name, "rb") as stored:
            content: bytes = stored.read()
    except OSError as error:
        raise UnsoundRecycling(f"{kept.name} cannot be read.") from error
    if hashlib.sha256(content).hexdigest() != kept.sha256:
        raise UnsoundRecycling(f"{kept.name} is damaged.")
    return content


def copy_back(kept: Kept) -> None:
    """Put a file where it lay, unless it lies there already. Raises UnsoundRecycling."""
    if default_storage.exists(kept.former):
        if digest_of(kept.former)[0] == kept.sha256:
            return
        default_storage.delete(kept.former)  # cut off by an interrupted run
    stored = _copied(kept.name, kept.former, kept.sha256)
    if stored != kept.former:
        default_storage.delete(stored)
        raise UnsoundRecycling(f"{kept.former} could not be put back where it lay.")


def packed(text: bytes) -> bytes:
    return gzip.compress(text, mtime=0)


def digest_of(name: str) -> tuple[str, int]:
    """SHA-256 and size. Raises UnsoundRecycling for a file that cannot be read."""
    digest, size = hashlib.sha256(), 0
    try:
        with default_storage.open(name, "rb") as stored:
            for chunk in stored.chunks(CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise UnsoundRecycling(f"{name} cannot be read.") from error
    return digest.hexdigest(), size


def _copied(name: str, wanted: str, digest: str) -> str:
    """The copy's name. Raises UnsoundRecycling unless both read as ``digest`` says."""
    try:
        source = default_storage.open(name, "rb")
    except OSError as error:
        raise UnsoundRecycling(f"{name} cannot be read.") from error
    with source:
        stored: str = default_storage.save(wanted, source)
    if digest_of(stored)[0] != digest:
        default_storage.delete(stored)
        raise UnsoundRecycling(f"{stored} did not come back as {name} is.")
    return stored
