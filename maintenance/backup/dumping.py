"""One organization's data as a dump of PostgreSQL's own, to hand out or to restore elsewhere.

What must never happen: a row of another organization in the file. Its schema holds its own tables
only. Of the shared tables pg_dump reads what row level security lets the tables' owner see while
bound to the organization; that the policies are in force is checked first, and afterwards the
rows in the file are counted against those that name the organization. Of people there are the
members' names and addresses, no passwords and nothing of their other memberships.

All of it is of one moment: pg_dump and the counting share a snapshot.
"""

from __future__ import annotations

import secrets
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import psycopg
import structlog
from psycopg import sql

from aviation.common.errors import DomainError, NotFound
from aviation.tenants.policies import OWNER_ROLE, SHARED_TABLES
from maintenance.backup.dump_checking import dump_problems
from maintenance.backup.dump_remains import MARK_DIGITS, hold_dump
from maintenance.backup.dump_store import OWN, PEOPLE, SHARED, Dump, remove_dump, write_dump
from maintenance.backup.manifest import StoredFile
from maintenance.backup.programs import PLAIN_ENVIRONMENT, ProgramFailed, without_password
from maintenance.backup.server import Server, connected_server
from maintenance.backup.streams import seal
from maintenance.backup.taking import Place
from maintenance.backup.wal_store import claim

logger = structlog.get_logger("dbx.backup")
Connection = psycopg.Connection[tuple[Any, ...]]
_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind = 'r' ORDER BY 1
"""
_VIEWS = "SELECT matviewname FROM pg_matviews WHERE schemaname = %s ORDER BY 1"
_SHARED = """
SELECT t.name, c.relname, c.relrowsecurity AND c.relforcerowsecurity
FROM unnest(%s::text[]) AS t (name)
JOIN pg_class c ON c.relkind = 'r' AND (
    c.oid = to_regclass('public.' || t.name)
    OR c.oid IN (SELECT relid FROM pg_partition_tree(to_regclass('public.' || t.name))))
ORDER BY 2
"""
_PEOPLE = """
SELECT id, email, full_name, is_active, date_joined, credential_epoch, email_verified_at,
       password_changed_at, '!' AS password, false AS is_superuser, false AS is_staff
FROM public.accounts_user
WHERE id IN (SELECT user_id FROM public.accounts_membership WHERE org_id = {id})
"""


class UnsoundDump(DomainError):
    """What came out is not the organization's data and nothing else; it was deleted."""

    code = "dump_unsound"


@dataclass(frozen=True, slots=True)
class _Subject:
    """The organization, and the snapshot in which it is read."""

    id: uuid.UUID
    slug: str
    snapshot: str
    shared: Mapping[str, str]
    """Shared tables, leaves of the partitioned ones, with the column that names their owner."""

    @property
    def schema(self) -> str:
        return f"org_{self.id.hex}"


def dump_organization(place: Place, slug: str) -> Dump:
    """Dump, store encrypted, read back and count.

    Raises NotFound, UnsoundDump, ProgramFailed, or OtherCluster: a server that did not know of the
    dump would take it for remains.
    """
    with connected_server(place.dsn) as server:
        claim(place.store, server.system_identifier)
        mark = secrets.token_hex(MARK_DIGITS // 2)
        hold_dump(server, mark)
        dump = _dump_marked(place, server, slug, mark)
    logger.info("organization dumped", dump=dump.id, organization=dump.organization)
    return dump


def _dump_marked(place: Place, server: Server, slug: str, mark: str) -> Dump:
    with _snapshot(server.connection, slug) as subject:
        taken_at = server.now()
        dump_id = f"{taken_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-dump-{mark}"
        try:
            dump = _dump(place, server.connection, subject, dump_id, taken_at)
            if dump.is_checked:
                _require_sound(dump, place)
            write_dump(dump, place.store)
            _require_held(server.connection)
        except BaseException:
            remove_dump(dump_id, place.store)
            raise
    return dump


def _require_held(connection: Connection) -> None:
    """Without the lock that ended with its connection, somebody may have removed files as remains.

    Raises UnsoundDump.
    """
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError as error:
        raise UnsoundDump(f"The server ended the dump's connection: {error}") from error


def shared_tables() -> dict[str, str]:
    """Shared tables whose rows belong to an organization, and the column that says to which."""
    return {
        access.table: access.organization_column
        for access in SHARED_TABLES
        if access.visible and ("org_id = " in access.visible or access.organization_column == "id")
    }


@contextmanager
def _snapshot(connection: Connection, slug: str) -> Iterator[_Subject]:
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        query = "SELECT id, pg_export_snapshot() FROM public.tenants_organization WHERE slug = %s"
        row = connection.execute(query, [slug]).fetchone()
        if row is None:
            raise NotFound(f"There is no organization {slug}.")
        yield _Subject(row[0], slug, row[1], _guarded_tables(connection))


def _guarded_tables(connection: Connection) -> dict[str, str]:
    columns = shared_tables()
    found = {}
    for table, leaf, is_guarded in connection.execute(_SHARED, [list(columns)]).fetchall():
        if not is_guarded:
            raise UnsoundDump(f"{leaf} is not guarded by row level security.")
        found[leaf] = columns[table]
    return found


def _dump(
    place: Place, connection: Connection, subject: _Subject, dump_id: str, taken_at: datetime
) -> Dump:
    tables = [f"--table=public.{name}" for name in subject.shared]
    guarded = ["--data-only", "--enable-row-security", f"--role={OWNER_ROLE}", *tables]
    folder = f"dumps/{dump_id}"
    unmade = [f"--exclude-table-data={name}" for name in _made_views(connection, subject)]
    wanted = [f"--schema={subject.schema}", *unmade]
    own = _stored_program(place, subject, f"{folder}/{OWN}", wanted)
    shared = _stored_program(place, subject, f"{folder}/{SHARED}", guarded)
    people, count = _stored_people(place, connection, subject, f"{folder}/{PEOPLE}")
    return Dump(
        id=dump_id,
        organization=str(subject.id),
        slug=subject.slug,
        taken_at=taken_at,
        postgres_major=place.programs.major,
        recipient=str(place.keys.current),
        rows=_counted(connection, subject),
        people=count,
        is_checked=bool(place.keys.identities),
        files=(own, shared, people),
    )


def _made_views(connection: Connection, subject: _Subject) -> list[str]:
    """Materialized views: pg_restore cannot fill them under row level security, a refresh does."""
    views = connection.execute(_VIEWS, [subject.schema]).fetchall()
    return [f"{subject.schema}.{name}" for (name,) in views]


def _stored_program(place: Place, subject: _Subject, name: str, arguments: list[str]) -> StoredFile:
    """What pg_dump writes, sealed into the store; nothing when it fails. Raises ProgramFailed."""
    dsn, secret = without_password(place.dsn)
    bound = f"-c app.current_org_id={subject.id}"
    command = [
        str(place.programs.folder / "pg_dump"),
        *(f"--dbname={dsn}", "--no-password", "--format=custom", "--compress=0"),
        *(f"--snapshot={subject.snapshot}", *arguments),
    ]
    with subprocess.Popen(  # noqa: S603 - our own arguments
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env={**PLAIN_ENVIRONMENT, **secret, "PGOPTIONS": bound},
    ) as process:
        try:
            with place.store.writing(name) as target:
                sealed = seal(_output(process), target, place.keys)
                if process.wait() != 0:
                    raise ProgramFailed(f"pg_dump failed: {_words(process)}")
        finally:
            process.kill()
    return StoredFile(name.rpartition("/")[2], sealed.stored_bytes, sealed.stored_sha256)


def _output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout


def _words(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    return process.stderr.read().decode(errors="replace").strip()


def _stored_people(
    place: Place, connection: Connection, subject: _Subject, name: str
) -> tuple[StoredFile, int]:
    people = sql.SQL(_PEOPLE).format(id=sql.Literal(subject.id))
    query = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(people)
    with connection.cursor() as cursor:
        with cursor.copy(query) as copy, place.store.writing(name) as target:
            sealed = seal(_Rows(copy), target, place.keys)
        count = cursor.rowcount
    file = StoredFile(name.rpartition("/")[2], sealed.stored_bytes, sealed.stored_sha256)
    return file, count


class _Rows:
    """Reads as the lines of a COPY."""

    def __init__(self, copy: Any) -> None:
        self._copy = copy

    def read(self, size: int = -1, /) -> bytes:
        return bytes(self._copy.read())


def _counted(connection: Connection, subject: _Subject) -> dict[str, int]:
    """What the file must hold, counted by who sees everything."""
    found = {}
    for (table,) in connection.execute(_TABLES, [subject.schema]).fetchall():
        name = sql.Identifier(subject.schema, table)
        found[f"{subject.schema}.{table}"] = _count(connection, name, sql.SQL("true"))
    for table, column in subject.shared.items():
        own = sql.SQL("{} = {}").format(sql.Identifier(column), sql.Literal(subject.id))
        found[f"public.{table}"] = _count(connection, sql.Identifier("public", table), own)
    return found


def _count(connection: Connection, table: sql.Identifier, condition: sql.Composable) -> int:
    query = sql.SQL("SELECT count(*) FROM ONLY {} WHERE {}").format(table, condition)
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _require_sound(dump: Dump, place: Place) -> None:
    problems = dump_problems(dump, place.store, place.keys, place.programs)
    if problems:
        raise UnsoundDump(f"The dump of {dump.slug} was not kept: {' '.join(problems[:5])}")
