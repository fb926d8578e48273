"""The running product for browser tests: a web process and a worker on the test database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from embedded.child import LAUNCHER

PATIENCE_S = 90.0
BIN = Path(sys.executable).parent
ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_READER_URL")


@dataclass(frozen=True)
class Stack:
    """The product while it runs."""

    address: str
    worker: subprocess.Popen[bytes]

    @contextmanager
    def idle_worker(self) -> Iterator[None]:
        """For a block the worker stands still: what is queued waits."""
        os.killpg(self.worker.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.worker.pid, signal.SIGCONT)


@contextmanager
def running_stack(
    env: dict[str, str], folder: Path, *, application: str = "config.wsgi:application"
) -> Iterator[Stack]:
    """Start web and worker, and end both afterwards."""
    port = free_port()
    (folder / "static").mkdir(parents=True, exist_ok=True)
    web = [f"{BIN}/granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    web += ["--blocking-threads", "48"]
    worker = [f"{BIN}/celery", "-A", "config", "worker", "--concurrency", "1", "-l", "WARNING"]
    processes = [
        _start([*web, application], env, folder / "web.log"),
        _start(worker, env, folder / "worker.log"),
    ]
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/sign-in/", processes[0], folder / "web.log")
        yield Stack(address, processes[1])
    finally:
        for process in processes:
            _end(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(database: str, media: Path, folder: Path, worker: int) -> dict[str, str]:
    """The surroundings with every address pointed at ``database`` and a queue of its own.

    ``worker`` is the number of the test process: each has a numbered database of Redis.
    """
    changed = {
        name: urlunsplit(urlsplit(os.environ[name])._replace(path=f"/{database}"))
        for name in ADDRESSES
        if name in os.environ
    }
    places = {
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "DBX_MEDIA": str(media),
        "DBX_VAR": str(folder),
        "REDIS_URL": _own_redis(os.environ["REDIS_URL"], worker),
        "DBX_LOG_LEVEL": "WARNING",
    }
    return os.environ | changed | places


def _own_redis(url: str, worker: int) -> str:
    """Another numbered database of the same Redis, so that no other queue's messages arrive."""
    run = zlib.crc32(os.environ.get("DBX_TEST_SUFFIX", "").encode())
    number = 1 + (run + worker) % 15
    parts = urlsplit(url)
    if parts.scheme == "unix":
        # urlunsplit would drop the empty host: unix:/path, which Redis does not take.
        return f"unix://{parts.path}?db={number}"
    return urlunsplit(parts._replace(path=f"/{number}"))


def _start(command: list[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """A process that ends with this one, even when this one is killed."""
    leash = [
        sys.executable,
        "-I",
        "-S",
        str(LAUNCHER),
        str(int(signal.SIGTERM)),
        str(os.getpid()),
        "-",
    ]
    with log.open("wb") as output:
        return subprocess.Popen(
            [*leash, *command], env=env, stdout=output, stderr=output, start_new_session=True
        )


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"The web process did not answer: {log.read_text()[-2_000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)
