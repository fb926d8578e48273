"""A Redis server of the test's own, to be killed, paused and filled."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from redis import Redis

from embedded.pause import wait_until
from embedded.redis import answers, find_program


class OwnRedis:
    """Listens on a unix socket in ``folder`` only, and keeps nothing on disk."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._socket = folder / "redis.sock"
        self._folder = folder
        self._options = options
        self._server: subprocess.Popen[bytes] | None = None
        self._connections: list[Redis] = []

    @property
    def url(self) -> str:
        return f"unix://{self._socket}?db=0"

    def start(self) -> None:
        program = str(find_program(os.environ.get("DBX_REDIS_BIN", "")))
        plain = ("--port", "0", "--save", "", "--appendonly", "no", "--databases", "2")
        place = ("--unixsocket", str(self._socket), "--dir", str(self._folder))
        self._server = subprocess.Popen(
            [program, *plain, *place, *self._options], stdout=subprocess.DEVNULL
        )
        assert wait_until(lambda: answers(self._socket), time.sleep, 20)

    def connect(self) -> Redis:
        made = Redis.from_url(self.url)
        self._connections.append(made)
        return made

    def kill(self) -> None:
        self._send(signal.SIGKILL)
        self._process.wait(10)

    def pause(self) -> None:
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        self._send(signal.SIGCONT)

    def end(self) -> None:
        for connection in self._connections:
            connection.close()
        if self._process.poll() is None:
            self.go_on()
            self.kill()

    def _send(self, what: signal.Signals) -> None:
        os.kill(self._process.pid, what)

    @property
    def _process(self) -> subprocess.Popen[bytes]:
        assert self._server is not None
        return self._server
