"""The data folder of the embedded PostgreSQL: made once, checked and freed at each start."""

from __future__ import annotations

import locale
import os
import shutil
import signal
import time
from pathlib import Path

from embedded import identity, leftovers
from embedded.child import Child, Recipe
from embedded.errors import EmbeddedError
from embedded.folders import Area
from embedded.pause import Pause, wait_until
from embedded.postgres_files import PostgresFiles
from embedded.secret_file import SUPERUSER, write_private

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
INITDB_TIMEOUT_S = 120.0
FIRST_WITH_BUILTIN_LOCALE = 17
LOCALE = "C.UTF-8"
FAST_SHUTDOWN, IMMEDIATE_SHUTDOWN = signal.SIGINT, signal.SIGQUIT


def make_data(files: PostgresFiles, password: str, area: Area, pause: Pause) -> None:
    """Make the data folder with initdb, complete or not at all.

    Raises EmbeddedError with initdb's own words when it fails.
    """
    fresh = files.data.with_name("postgres.new")
    password_file = files.data.with_name("postgres.password")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    write_private(password_file, password)
    for path in (fresh, password_file):
        _give(path, files)
    try:
        _initdb(files, fresh, password_file, area, pause)
    finally:
        password_file.unlink()
    fresh.rename(files.data)


def check_version(files: PostgresFiles) -> None:
    """Raise EmbeddedError when these programs cannot open the data."""
    try:
        made_by = (files.data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedError(
            f"{files.data} holds no PostgreSQL database. Move it away and start again."
        ) from None
    if made_by != files.programs.major:
        raise EmbeddedError(
            f"The data in {files.data} were made by PostgreSQL {made_by}; the programs in"
            f" {files.programs.folder} are version {files.programs.version}. Set DBX_POSTGRES_BIN"
            f" to the programs of version {made_by}, or delete all data with: make reset"
        )


def end_orphans(files: PostgresFiles, pause: Pause) -> None:
    """End what a killed server left running on the data, and remove its stale lock files.

    A server's processes work in its data folder; that tells them from any other. The lock file
    alone misleads: the number in it may belong to a stranger by now.
    """
    data = files.data.resolve()
    postmaster = _recorded_pid(data)
    wanted = {}
    for pid in identity.running_in(data, "postgres"):
        if process := identity.identify(pid):
            wanted[process] = FAST_SHUTDOWN if pid == postmaster else IMMEDIATE_SHUTDOWN
    leftovers.end_all(wanted, pause)
    for stale in (data / "postmaster.pid", *files.sockets.glob(".s.PGSQL.*")):
        stale.unlink(missing_ok=True)


def _initdb(
    files: PostgresFiles, fresh: Path, password_file: Path, area: Area, pause: Pause
) -> None:
    initdb = Child(
        Recipe(
            name="initdb",
            command=(
                str(files.programs.folder / "initdb"),
                *("-D", str(fresh), f"--username={SUPERUSER}", f"--pwfile={password_file}"),
                *("--auth=scram-sha-256", "--data-checksums", *_locale_options(files)),
            ),
            area=area,
            environment=ENVIRONMENT,
            account=files.account,
        )
    )
    initdb.start(pause)
    try:
        wait_until(lambda: initdb.ended() is not None, pause, INITDB_TIMEOUT_S)
    finally:
        initdb.stop(time.sleep)
    if initdb.ended() != 0:
        raise EmbeddedError(f"The database could not be made:\n{initdb.log_tail()}")


def _locale_options(files: PostgresFiles) -> list[str]:
    """Sort and compare the same way on every machine, by code point, with Unicode letter case."""
    options = ["--encoding=UTF8", f"--locale={LOCALE if _libc_knows(LOCALE) else 'C'}"]
    if int(files.programs.major) >= FIRST_WITH_BUILTIN_LOCALE:
        options += ["--locale-provider=builtin", f"--builtin-locale={LOCALE}"]
    return options


def _libc_knows(name: str) -> bool:
    former = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_CTYPE, former)
    return True


def _give(path: Path, files: PostgresFiles) -> None:
    if files.account:
        os.chown(path, files.account.uid, files.account.gid)


def _recorded_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
