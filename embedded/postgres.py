"""A private PostgreSQL: real, on a unix socket only, safe against being killed at any moment."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import psycopg

from embedded.bootstrap import bootstrap
from embedded.child import Child, Recipe
from embedded.errors import EmbeddedError
from embedded.folders import Area
from embedded.pause import Pause, wait_until
from embedded.postgres_data import (
    ENVIRONMENT,
    FAST_SHUTDOWN,
    IMMEDIATE_SHUTDOWN,
    check_version,
    end_orphans,
    make_data,
)
from embedded.postgres_files import PostgresFiles
from embedded.secret_file import SUPERUSER

DATABASE = "dbx"
STATUS_LINE = 7  # of postmaster.pid, counted from 0; pg_ctl waits for the same word
READY_TIMEOUT_S = 600.0  # a recovery after a crash may replay a gigabyte
OWNER_ONLY = 0o077
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}
# For a trial's data, which nobody misses: a power cut may destroy them.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# For any trial: test workers and whole web servers, of 96 threads each, connect at once. What is
# never used costs 54 kB of shared memory each.
TRIAL = {"max_connections": "400"}


class Postgres:
    """One server with the database and the three roles of the product."""

    def __init__(
        self,
        files: PostgresFiles,
        passwords: Mapping[str, str],
        area: Area,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.files = files
        self._passwords = passwords
        self._area = area
        self.child = Child(self._recipe({**SETTINGS, **(settings or {})}))

    def start(self, pause: Pause) -> None:
        """Start it, make its data the first time, and wait until it answers.

        Raises EmbeddedError with the end of its log when it cannot start.
        """
        if self.child.ended() is None:
            return
        if not self.files.data.exists():
            make_data(self.files, self._passwords[SUPERUSER], self._area, pause)
        check_version(self.files)
        self.child.start(pause)
        self._wait_until_ready(pause)
        self._bootstrap()

    def stop(self, pause: Pause) -> None:
        """End it; running transactions are rolled back."""
        self.child.stop(pause)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the connection URL of a role."""
        password, host = quote(self._passwords[role], ""), quote(str(self.files.sockets), "")
        return f"postgresql://{role}:{password}@{host}/{database}"

    def _wait_until_ready(self, pause: Pause) -> None:
        def is_ready() -> bool:
            if self.child.ended() is not None:
                raise EmbeddedError(f"PostgreSQL did not start:\n{self.child.log_tail()}")
            return self._status() == "ready"

        if not wait_until(is_ready, pause, READY_TIMEOUT_S):
            raise EmbeddedError(f"PostgreSQL takes too long to start:\n{self.child.log_tail()}")

    def _status(self) -> str:
        """Return what the server says about itself; empty before it says anything."""
        try:
            lines = (self.files.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return ""
        return lines[STATUS_LINE].strip() if len(lines) > STATUS_LINE else ""

    def _bootstrap(self) -> None:
        try:
            bootstrap(self.url(SUPERUSER, "postgres"), DATABASE, self._passwords)
        except psycopg.OperationalError as problem:
            raise EmbeddedError(
                f"PostgreSQL runs but does not let us in: {problem}\nIf secrets.json was deleted"
                f" or replaced, put the former one back: it holds the passwords of the data in"
                f" {self.files.data}."
            ) from problem

    def _recipe(self, settings: Mapping[str, str]) -> Recipe:
        options = [f"--{name}={value}" for name, value in settings.items()]
        place = f"--unix_socket_directories={self.files.sockets}"
        program = str(self.files.programs.folder / "postgres")
        return Recipe(
            name="postgres",
            command=(program, "-D", str(self.files.data), place, *options),
            area=self._area,
            environment=ENVIRONMENT,
            account=self.files.account,
            stop_signals=((FAST_SHUTDOWN, 10.0), (IMMEDIATE_SHUTDOWN, 5.0)),
            death_signal=FAST_SHUTDOWN,
            umask=OWNER_ONLY,
            before_start=lambda pause: end_orphans(self.files, pause),
        )
