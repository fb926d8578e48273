"""A server on a restored data directory, for as long as a block lasts and for nobody else.

It listens on a unix socket in a closed folder, asks for no password there, archives nothing (its
WAL must not get into the archive it came from), and ends with this process however that ends.
"""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from aviation.common.errors import Unavailable
from embedded.child import Child, Recipe
from embedded.folders import Area
from embedded.sockets import forget_stand_ins, socket_folder
from maintenance.backup.programs import Programs, give

RECOVERY_TIMEOUT_S = 3_600.0
_SOCKET_FILE = ".s.PGSQL.5432"
_SETTINGS = {
    "listen_addresses": "",
    "hot_standby": "off",  # else it must allow as many connections as the server it comes from
    "archive_mode": "off",
    "archive_command": "",
    "fsync": "off",
    "full_page_writes": "off",
    "ssl": "off",
    "logging_collector": "off",
    "shared_preload_libraries": "",
    "synchronous_standby_names": "",
}


@contextmanager
def throw_away_server(
    data: Path, programs: Programs, *, user: str, database: str, restore_command: str = ""
) -> Iterator[str]:
    """Start it beside ``data`` and wait until it has recovered; yields its connection string.

    A ``restore_command`` takes the place of the one in the data directory.
    Raises Unavailable with the end of the server's log when it does not.
    """
    area = Area(data.with_name(f"{data.name}.server"))
    area.make()
    sockets = area.base / "sockets"
    try:
        place = socket_folder(sockets, _SOCKET_FILE, programs.account)
        child = Child(_recipe(data, programs, area, place, restore_command))
        child.start(time.sleep)
        try:
            dsn = f"host={place} user={user} dbname={database}"
            _wait_until_recovered(child, dsn)
            yield dsn
        finally:
            child.stop(time.sleep)
    finally:
        shutil.rmtree(area.base)
        forget_stand_ins(sockets)


def _recipe(
    data: Path, programs: Programs, area: Area, sockets: Path, restore_command: str
) -> Recipe:
    rules = area.base / "pg_hba.conf"
    rules.write_text("local all all trust\n")
    give(programs, rules)
    options = {**_SETTINGS, "hba_file": str(rules), "unix_socket_directories": str(sockets)}
    if programs.can_increment:
        options["summarize_wal"] = "off"
    if restore_command:
        options["restore_command"] = restore_command
    return Recipe(
        name="throw-away",
        command=(str(programs.folder / "postgres"), "-D", str(data), *_as_options(options)),
        area=area,
        environment={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        account=programs.account,
        stop_signals=((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0)),
        death_signal=signal.SIGQUIT,
        umask=0o077,
    )


def _as_options(settings: Mapping[str, str]) -> list[str]:
    return [f"--{name}={value}" for name, value in settings.items()]


def _wait_until_recovered(child: Child, dsn: str) -> None:
    deadline = time.monotonic() + RECOVERY_TIMEOUT_S
    while time.monotonic() < deadline:
        if child.ended() is not None:
            raise Unavailable(f"The restored server did not start:\n{child.log_tail()}")
        try:
            with psycopg.connect(dsn) as connection:
                if connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,):
                    return
        except psycopg.OperationalError:
            pass  # it is not that far yet
        time.sleep(0.1)
    raise Unavailable(f"The restored server takes too long to recover:\n{child.log_tail()}")
