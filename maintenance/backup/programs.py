"""The one adapter to PostgreSQL's own backup programs.

What must never happen: a password among a process's arguments, where everybody on the machine can
read it. Connection strings are given without theirs; it goes by the environment.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from aviation.common.errors import DomainError
from embedded.accounts import Account
from embedded.errors import EmbeddedError
from embedded.postgres_programs import find_programs

FIRST_INCREMENTAL = 17
LISTENING_S = 2.0
_COMMIT = re.compile(r"desc: COMMIT (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ UTC)")
PLAIN_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}


class ProgramFailed(DomainError):
    """One of PostgreSQL's programs refused; the message ends with its own words."""

    code = "postgres_program"


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder of PostgreSQL's programs and who runs them (None: ourselves)."""

    folder: Path
    major: int
    account: Account | None = None

    @property
    def can_increment(self) -> bool:
        return self.major >= FIRST_INCREMENTAL

    def run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one to its end, whatever the end is."""
        return subprocess.run(  # noqa: S603 - our own arguments
            [str(self.folder / name), *arguments],
            capture_output=True,
            text=True,
            cwd="/",
            env=PLAIN_ENVIRONMENT,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
        )

    def require(self, name: str, *arguments: str) -> str:
        """Run one that must succeed; what it printed. Raises ProgramFailed."""
        ended = self.run(name, *arguments)
        if ended.returncode != 0:
            raise ProgramFailed(f"{name} failed: {(ended.stderr or ended.stdout).strip()}")
        return ended.stdout


def installed_programs(named: str = "", account: Account | None = None) -> Programs:
    """Those in the folder DBX_POSTGRES_BIN names, else the bundled ones. Raises ProgramFailed."""
    try:
        found = find_programs(account, named, Path("/nonexistent"))
    except (EmbeddedError, OSError) as error:
        raise ProgramFailed(f"PostgreSQL's programs are needed for this. {error}") from error
    return Programs(found.folder, int(found.major), account)


def give(programs: Programs, *paths: Path) -> None:
    """As root, let the account that runs the programs have what was made for it."""
    if programs.account:
        for path in paths:
            os.chown(path, programs.account.uid, programs.account.gid)


def without_password(dsn: str) -> tuple[str, dict[str, str]]:
    """A connection string for the arguments, and the environment with its password."""
    parts = conninfo_to_dict(dsn)
    password = parts.pop("password", None)
    return make_conninfo("", **parts), {"PGPASSWORD": str(password)} if password else {}


@dataclass(slots=True)
class BaseBackup:
    """A running pg_basebackup, read as one tar file with PostgreSQL's manifest at its end."""

    process: subprocess.Popen[bytes]
    while_silent: Callable[[float], None]
    """Told every few seconds for how long nothing has come; may raise to give up."""
    _output: IO[bytes] = field(init=False)

    def __post_init__(self) -> None:
        assert self.process.stdout is not None
        self._output = self.process.stdout

    def read(self, size: int = -1, /) -> bytes:
        """Raises ProgramFailed when it ended badly, and what ``while_silent`` raises."""
        begun = time.monotonic()
        while not select.select([self._output], [], [], LISTENING_S)[0]:
            self.while_silent(time.monotonic() - begun)
        part = self._output.read(size)
        if not part:
            self._require_success()
        return part

    def _require_success(self) -> None:
        code = self.process.wait()
        if code != 0:
            assert self.process.stderr is not None
            words = self.process.stderr.read().decode(errors="replace").strip()
            raise ProgramFailed(f"pg_basebackup failed: {words}")


@contextmanager
def base_backup(
    programs: Programs,
    dsn: str,
    *,
    label: str,
    parent_manifest: Path | None,
    while_silent: Callable[[float], None],
) -> Iterator[BaseBackup]:
    """Start pg_basebackup; it is ended with the block.

    The backup carries no WAL of its own: the server waits until the archive has what it needs.
    """
    plain_dsn, secret = without_password(dsn)
    command = [
        str(programs.folder / "pg_basebackup"),
        *("--dbname", plain_dsn, "--no-password", "--label", label),
        *("--format=tar", "--pgdata=-", "--wal-method=none", "--checkpoint=fast"),
        *([f"--incremental={parent_manifest}"] if parent_manifest else []),
    ]
    process = subprocess.Popen(  # noqa: S603 - our own arguments
        command,
        bufsize=0,
        pipesize=1 << 20,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env={**PLAIN_ENVIRONMENT, **secret},
    )
    with process:
        try:
            yield BaseBackup(process, while_silent)
        finally:
            process.kill()


def verify_folder(programs: Programs, folder: Path, wal: Path | None) -> list[str]:
    """What pg_verifybackup finds wrong with an unpacked backup; nothing when it is whole."""
    wal_check = [f"--wal-directory={wal}"] if wal else ["--no-parse-wal"]
    ended = programs.run("pg_verifybackup", "--quiet", *wal_check, str(folder))
    if ended.returncode == 0:
        return []
    lines = (ended.stderr or ended.stdout).strip().splitlines()
    return [line.removeprefix("pg_verifybackup: error: ") for line in lines] or ["It failed."]


def combine(programs: Programs, chain: Sequence[Path], target: Path) -> None:
    """Make one whole data directory of a full backup and its incrementals, oldest first."""
    programs.require("pg_combinebackup", "--no-sync", *map(str, chain), f"--output={target}")


def commit_times(programs: Programs, segment: Path) -> list[str]:
    """When each transaction of a WAL segment was committed, in UTC, in the order of the WAL.

    The last record may go on in a segment that is not at hand; what was read until there counts.
    """
    ended = programs.run("pg_waldump", "--rmgr=Transaction", str(segment))
    return _COMMIT.findall(ended.stdout)
