"""Real clusters that archive by our command, made for a test."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from embedded.accounts import server_account
from embedded.folders import Area
from embedded.pause import wait_until
from embedded.postgres import THROW_AWAY, Postgres
from embedded.postgres_files import locate
from embedded.secret_file import NAMES, SUPERUSER
from maintenance.backup import settings_lines
from maintenance.backup.archiving import archive
from maintenance.backup.folder_store import FolderStore
from maintenance.backup.keys import BackupKeys, new_key, read_keys
from maintenance.backup.manifest import Manifest
from maintenance.backup.programs import FIRST_INCREMENTAL, Programs
from maintenance.backup.restoring import Restorer, Target
from maintenance.backup.taking import Place, Request, take
from maintenance.backup.throw_away import throw_away_server
from maintenance.backup.verifying import Verifier
from maintenance.backup.wal_store import all_stored, stored_file

PASSWORDS = dict.fromkeys(NAMES, "only-for-this-test")
PATIENCE_S = 120.0
ROOM_BYTES = 3 << 30
SETTINGS = {**THROW_AWAY, "archive_mode": "on", "max_connections": "20"}


@cache
def python() -> str:
    """A Python that the account which runs PostgreSQL may run."""
    try:
        return settings_lines.python_for(server_account(Path("/nonexistent")))
    except settings_lines.NoPython as problem:
        pytest.skip(problem.message)


def _roomy_memory() -> str | None:
    """A folder in memory where there is room for it: a cluster is a thousand small files."""
    memory = Path("/dev/shm")
    is_roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM_BYTES
    return str(memory) if is_roomy and os.access(memory, os.W_OK) else None


def new_folder(prefix: str = "dbxb.") -> Path:
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=_roomy_memory()))
    folder.chmod(0o711)
    return folder


@dataclass
class Cluster:
    """A running server, its store of backups, and the keys."""

    base: Path
    server: Postgres
    store: FolderStore
    keys: BackupKeys
    keys_file: Path
    archiving: Path
    """The script PostgreSQL calls for each file of WAL: our command, on its own line."""

    @property
    def dsn(self) -> str:
        return self.server.url(SUPERUSER)

    @property
    def programs(self) -> Programs:
        files = self.server.files
        return Programs(files.programs.folder, int(files.programs.major), files.account)

    def require_increments(self) -> None:
        """Skip the test where PostgreSQL takes no incremental backups."""
        if not self.programs.can_increment:
            pytest.skip(f"PostgreSQL {self.programs.major} takes no incremental backups")

    @property
    def place(self) -> Place:
        return Place(self.dsn, self.store, self.keys, self.programs)

    @property
    def scratch(self) -> Path:
        folder = self.base / "scratch"
        folder.mkdir(mode=0o711, exist_ok=True)
        return folder

    def ask(self, query: str, *parameters: Any) -> Any:
        """The first value a query answers."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            row = connection.execute(query, parameters or None).fetchone()
        return row[0] if row else None

    def do(self, *statements: str) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def switch(self) -> str:
        """Finish the present segment and wait until it is archived; its name."""
        name = self.ask("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
        self.do("SELECT pg_logical_emit_message(true, 'test', 'something')")
        self.do("SELECT pg_switch_wal()")
        self.wait_for(lambda: stored_file(self.store, name) is not None, name)
        return str(name)

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        assert wait_until(condition, time.sleep, PATIENCE_S), (what, self.server.child.log_tail())

    def take(self, parent: Manifest | None = None, **options: Any) -> Manifest:
        return take(self.place, Request("test", parent, **options))

    def verifier(self) -> Verifier:
        return Verifier(self.store, self.keys, self.programs, self.scratch)

    def restorer(self, keys: BackupKeys | None = None) -> Restorer:
        return Restorer(self.store, keys or self.keys, self.programs)

    def restore_command(self) -> str:
        return settings_lines.restore_command(self.store.folder, self.keys_file, python())

    @contextmanager
    def restored(self, target: Target, backup_id: str = "") -> Iterator[Copy]:
        """A server that was recovered from the backups to the target."""
        plan = self.restorer().plan(target, backup_id)
        base = new_folder()
        try:
            data = base / "data"
            self.restorer().restore(plan, data, self.restore_command())
            with throw_away_server(data, self.programs, user=SUPERUSER, database="dbx") as dsn:
                yield Copy(dsn)
        finally:
            shutil.rmtree(base)


@dataclass(frozen=True)
class Copy:
    """A restored server."""

    dsn: str

    def ask(self, query: str) -> Any:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            row = connection.execute(query).fetchone()
        return row[0] if row else None


def make_cluster(settings: dict[str, str] | None = None, base: Path | None = None) -> Cluster:
    """A started cluster that archives into a store of its own."""
    base = base or new_folder()
    Area(base).make()
    files = locate(base, named_programs=os.environ.get("DBX_POSTGRES_BIN", ""))
    folder = base / "backups"
    folder.mkdir(mode=0o700)
    secret, public = new_key()
    keys_file = base / "keys"
    keys_file.write_text(f"1:{secret}\n")
    if files.account:
        for path in (folder, keys_file):
            os.chown(path, files.account.uid, files.account.gid)
    command = settings_lines.archive_command(folder, public, python())
    script = base / "archive.sh"
    script.write_text(command.replace("%p", '"$1"') + "\n")
    wanted = {**SETTINGS, "archive_command": f"/bin/sh {script} %p", **(settings or {})}
    if int(files.programs.major) >= FIRST_INCREMENTAL:
        wanted.setdefault("summarize_wal", "on")
    server = Postgres(files, PASSWORDS, Area(base), wanted)
    server.start(time.sleep)
    keys = read_keys(keys_file.read_text())
    return Cluster(base, server, FolderStore(folder), keys, keys_file, script)


def end(cluster: Cluster) -> None:
    cluster.server.stop(time.sleep)
    shutil.rmtree(cluster.base)


@contextmanager
def archived_at_once(cluster: Cluster) -> Iterator[None]:
    """For a block, WAL is put aside and archived by us at its end: no process for each file."""
    aside, ours = cluster.base / "aside", cluster.archiving.read_text()
    aside.mkdir()
    shutil.chown(aside, cluster.server.files.data.stat().st_uid)
    _exchange(
        cluster.archiving, f'cp "$1" {aside}/.part && mv {aside}/.part {aside}/$(basename $1)'
    )
    try:
        yield
        last = cluster.ask("SELECT pg_walfile_name(pg_switch_wal())")
        cluster.wait_for(lambda: (aside / last).exists(), last)
        identifier = cluster.ask("SELECT system_identifier FROM pg_control_system()")
        for path in sorted(aside.glob("0*")):
            archive(path, cluster.store, cluster.keys, system_identifier=identifier)
    finally:
        _exchange(cluster.archiving, ours)


def _exchange(script: Path, text: str) -> None:
    """PostgreSQL may call it at any moment, and finds a whole one."""
    fresh = script.with_suffix(".new")
    fresh.write_text(f"{text}\n")
    fresh.replace(script)


def forget(cluster: Cluster, *backups: Manifest) -> None:
    """Remove these backups, or all; the archived WAL stays."""
    for folder in [each.folder for each in backups] or ["base"]:
        for name in cluster.store.names(folder):
            cluster.store.delete(name)


def archived_names(cluster: Cluster) -> list[str]:
    return [each.name for each in all_stored(cluster.store)]
