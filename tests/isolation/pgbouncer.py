"""A real PgBouncer in transaction mode in front of the tests' PostgreSQL.

On a unix socket in a folder of its own, as an unprivileged user: PgBouncer refuses to run as root.
Where the program is missing the test is skipped, except under CI, which installs it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

PORT = 6432
READY_TIMEOUT_S = 10.0
PLACES = "/usr/sbin:/usr/local/sbin"


@dataclass(frozen=True)
class PgBouncer:
    folder: Path
    port: int
    user: str

    def console(self, command: str) -> list[dict[str, Any]]:
        """What its own console answers, such as SHOW SERVERS."""
        with psycopg.connect(
            host=str(self.folder),
            port=self.port,
            user=self.user,
            dbname="pgbouncer",
            autocommit=True,
            cursor_factory=psycopg.ClientCursor,
            row_factory=psycopg.rows.dict_row,
        ) as console:
            return console.execute(command).fetchall()


@contextmanager
def start_pgbouncer(server: Mapping[str, Any], *, server_connections: int) -> Iterator[PgBouncer]:
    """Run one for the block; ``server`` is the DATABASES entry it leads to."""
    program = find_program()
    account = account_for(server)
    folder = Path(tempfile.mkdtemp(prefix="dbx-pgbouncer-"))
    try:
        write_configuration(folder, server, server_connections)
        give_to(folder, account)
        process = subprocess.Popen(
            [program, str(folder / "pgbouncer.ini")],
            user=account.pw_uid if os.geteuid() == 0 else None,
            group=account.pw_gid if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running = PgBouncer(folder, PORT, str(server["USER"]))
        try:
            wait_until_ready(running, process)
            yield running
        finally:
            process.terminate()
            process.wait(timeout=10)
    finally:
        shutil.rmtree(folder)


def find_program() -> str:
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:{PLACES}")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("pgbouncer is not installed, and under CI it must be")
        pytest.skip("pgbouncer is not installed")
    return program


def account_for(server: Mapping[str, Any]) -> pwd.struct_passwd:
    """Whoever may use PostgreSQL's socket: its owner, else an ordinary user."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    host = str(server["HOST"])
    if host.startswith("/"):
        owner = (Path(host) / f".s.PGSQL.{server['PORT'] or 5432}").stat().st_uid
        if owner != 0:
            return pwd.getpwuid(owner)
    return pwd.getpwnam("nobody")


def write_configuration(folder: Path, server: Mapping[str, Any], server_connections: int) -> None:
    user, password = str(server["USER"]), str(server["PASSWORD"]).replace('"', '""')
    (folder / "users.txt").write_text(f'"{user}" "{password}"\n')
    port = f" port={server['PORT']}" if server["PORT"] else ""
    (folder / "pgbouncer.ini").write_text(
        f"""[databases]
* = host={server["HOST"]}{port}
[pgbouncer]
pool_mode = transaction
default_pool_size = {server_connections}
max_client_conn = 200
auth_type = trust
auth_file = {folder}/users.txt
unix_socket_dir = {folder}
listen_port = {PORT}
stats_users = {user}
logfile = {folder}/log
"""
    )


def give_to(folder: Path, account: pwd.struct_passwd) -> None:
    for path in (folder, *folder.iterdir()):
        os.chown(path, account.pw_uid, account.pw_gid)


def wait_until_ready(running: PgBouncer, process: subprocess.Popen[bytes]) -> None:
    deadline, pause = time.monotonic() + READY_TIMEOUT_S, threading.Event()
    while time.monotonic() < deadline:
        try:
            running.console("SHOW VERSION")
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            pause.wait(0.02)
        else:
            return
    log = running.folder / "log"
    pytest.fail(f"PgBouncer did not start: {log.read_text() if log.exists() else 'no log'}")
