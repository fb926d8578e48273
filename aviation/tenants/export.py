"""Everything of one organization as plain files, written before its data is removed.

``organization.json``, one gzipped file of JSON lines per table, the organization's own rows of the
shared tables, and its files as they came; ``manifest.json`` lists them with sizes, row counts and
SHA-256 and is written last: where it stands, the export is whole.

What must never happen: a manifest that lists something that is not there. Each part is written
beside its place, synced, moved there, and only then noted in the journal; a run that was killed
goes on behind the last part noted.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Protocol

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, transaction
from django.forms.models import model_to_dict
from psycopg import sql

from aviation.common.errors import Conflict
from aviation.tenants.catalogue import TABLE_KINDS, read_relations
from aviation.tenants.context import tenant_context
from aviation.tenants.limits import time_limits
from aviation.tenants.models import Organization
from aviation.tenants.policies import SHARED_TABLES
from aviation.tenants.schemas import OWNER

MANIFEST, JOURNAL = "manifest.json", "parts.jsonl"
FORMAT = 1
CHUNK_BYTES = 1 << 20
# Raw lines out of PostgreSQL: CSV whose marks JSON text never holds, so nothing gets quoted.
_AS_LINES = "COPY ({}) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"
_SHARED_QUERIES = {
    # A membership without the person's name would say nothing.
    "accounts_membership": "SELECT m.*, u.email, u.full_name FROM {table} m"
    " JOIN public.accounts_user u ON u.id = m.user_id WHERE m.org_id = {id}",
}


class Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


class DigestingSink:
    """A file that knows the SHA-256 of what was meant to be written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes, /) -> int:
        self._digest.update(data)
        self.bytes += len(data)
        return self._file.write(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Part:
    """One finished file of the export, its path relative to the export's folder."""

    path: str
    bytes: int
    sha256: str
    rows: int | None = None


class FinalExport:
    """The export of one organization into one folder."""

    def __init__(self, organization: Organization, folder: Path) -> None:
        self.organization = organization
        self.folder = folder
        self._done: dict[str, Part] = {}

    @property
    def is_whole(self) -> bool:
        """Whether it was finished. Raises Conflict for another organization's folder."""
        path = self.folder / MANIFEST
        if not path.exists():
            return False
        if _read_json(path)["organization"] != str(self.organization.id):
            raise Conflict(f"{self.folder} holds the export of another organization.")
        return True

    def write(self, tell: Callable[[str], None]) -> list[Part]:
        """Write what is not there yet, then the manifest; answers all parts."""
        if self.is_whole:
            return self.parts()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._done = self._journalled()
        self._part("organization.json", self._write_description)
        for name, query in self._queries():
            tell(f"  table {name}")
            self._rows(name, query)
        for name in stored_files(storage_folder(self.organization)):
            tell(f"  file {name}")
            self._part(f"files/{name}", partial(self._copy_file, name))
        self._write_manifest()
        return self.parts()

    def parts(self) -> list[Part]:
        """What the manifest lists."""
        return [Part(**each) for each in _read_json(self.folder / MANIFEST)["parts"]]

    def verify(self) -> None:
        """Read every file back. Raises Conflict at the first that is not as the manifest says."""
        for part in self.parts():
            path = self.folder / part.path
            if not path.is_file() or _sha256(path) != part.sha256:
                raise Conflict(f"The export is damaged: {path} is not what its manifest says.")

    def _queries(self) -> Iterator[tuple[str, sql.Composed]]:
        """Tables of the schema, then the organization's rows of the shared ones."""
        schema, identity = self.organization.schema_name, sql.Literal(str(self.organization.id))
        for table in own_tables(schema):
            query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table))
            yield f"tables/{table}", query
        for table in shared_tables():
            text = _SHARED_QUERIES.get(table, "SELECT * FROM {table} WHERE org_id = {id}")
            query = sql.SQL(text).format(table=sql.Identifier("public", table), id=identity)
            yield f"shared/{table}", query

    def _rows(self, name: str, query: sql.Composed) -> None:
        path = f"{name}.jsonl.gz"
        if path in self._done:
            return
        counted: list[int] = []
        self._part(
            path, lambda sink: counted.append(self._write_rows(query, sink)), lambda: counted[0]
        )

    def _write_rows(self, query: sql.Composed, sink: Sink) -> int:
        lines = sql.SQL("SELECT to_jsonb(t)::text FROM ({}) AS t").format(query)
        with (
            unhurried(self.organization),
            transaction.atomic(using=OWNER),
            connections[OWNER].cursor() as cursor,
            gzip.GzipFile(fileobj=sink, mode="wb", mtime=0) as packed,  # type: ignore[call-overload]
        ):
            with cursor.copy(sql.SQL(_AS_LINES).format(lines)) as copy:
                for block in copy:
                    packed.write(block)
            return int(cursor.rowcount)

    def _write_description(self, sink: Sink) -> None:
        fields = {
            **model_to_dict(self.organization),
            "id": self.organization.id,
            "schema": self.organization.schema_name,
            "created_at": self.organization.created_at,
        }
        sink.write(json.dumps(fields, cls=DjangoJSONEncoder, indent=2).encode() + b"\n")

    def _copy_file(self, name: str, sink: Sink) -> None:
        path = f"{storage_folder(self.organization)}/{name}"
        with default_storage.open(path, "rb") as source:
            for chunk in source.chunks(CHUNK_BYTES):
                sink.write(chunk)

    def _part(
        self,
        path: str,
        write: Callable[[Sink], object],
        count: Callable[[], int | None] = lambda: None,
    ) -> None:
        if path in self._done:
            return
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with _moved_into(place) as sink:
            write(sink)
        part = Part(path, sink.bytes, sink.sha256, count())
        self._done[path] = part
        with (self.folder / JOURNAL).open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(asdict(part)) + "\n")
            _sync(journal)

    def _journalled(self) -> dict[str, Part]:
        """Parts an earlier run finished; its last line may be cut off."""
        path = self.folder / JOURNAL
        lines = path.read_text(encoding="utf-8").splitlines(True) if path.exists() else []
        parts = [Part(**json.loads(line)) for line in lines if line.endswith("}\n")]
        return {part.path: part for part in parts if (self.folder / part.path).is_file()}

    def _write_manifest(self) -> None:
        manifest = {
            "format": FORMAT,
            "organization": str(self.organization.id),
            "name": self.organization.name,
            "parts": [asdict(part) for part in self._done.values()],
        }
        with _moved_into(self.folder / MANIFEST) as sink:
            sink.write(json.dumps(manifest, indent=1).encode() + b"\n")
        (self.folder / JOURNAL).unlink(missing_ok=True)


def storage_folder(organization: Organization) -> str:
    """Where all files of the organization are kept in Django's storage."""
    return f"organizations/{organization.id}"


def stored_files(folder: str) -> Iterator[str]:
    """Names of all files below the folder, relative to it."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from sorted(files)
    for name in sorted(folders):
        for each in stored_files(f"{folder}/{name}"):
            yield f"{name}/{each}"


def own_tables(schema_name: str) -> list[str]:
    """The tables of a schema; partitions are read through the table above them."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        relations = read_relations(cursor, [schema_name])
    return [each.name for each in relations if each.kind in TABLE_KINDS and not each.is_partition]


def shared_tables() -> list[str]:
    """The shared tables whose rows name their organization."""
    declared = {access.table for access in SHARED_TABLES}
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        relations = read_relations(cursor, ["public"])
    return [
        each.name
        for each in relations
        if each.name in declared and each.has_organization_column and not each.is_partition
    ]


@contextmanager
def unhurried(organization: Organization) -> Iterator[None]:
    """The organization bound, without the usual limit on a statement's time."""
    with tenant_context(organization), time_limits(statement_s=0):
        yield


@contextmanager
def _moved_into(place: Path) -> Iterator[DigestingSink]:
    """A file beside ``place`` that takes its name once it is written and synced."""
    beside = place.with_name(place.name + ".part")
    with beside.open("wb") as file:
        yield DigestingSink(file)
        _sync(file)
    beside.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_json(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _sync(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def total_bytes(names: Iterable[str], folder: str) -> int:
    """Bytes of the named files below the folder."""
    return sum(default_storage.size(f"{folder}/{name}") for name in names)
