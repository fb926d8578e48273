"""Folders, servers and runs that the tests of the tooling share."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from embedded.folders import PROJECT, Area
from embedded.postgres import THROW_AWAY, Postgres
from embedded.postgres_files import locate
from embedded.secret_file import NAMES

OURS = ("DATABASE_", "REDIS_", "DBX_", "DJANGO_")


def new_folder() -> Path:
    """Make a short folder that every account may walk into, as a checkout usually is."""
    folder = Path(tempfile.mkdtemp(prefix="dbxt."))
    folder.chmod(0o711)
    return folder


@pytest.fixture
def folder() -> Iterator[Path]:
    made = new_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def passwords() -> Mapping[str, str]:
    return {name: secrets.token_urlsafe(12) for name in NAMES}


@pytest.fixture
def area(folder: Path) -> Area:
    made = Area(folder)
    made.make()
    return made


@pytest.fixture(scope="module")
def postgres(passwords: Mapping[str, str]) -> Iterator[Postgres]:
    """A running server; tests that kill it or look at its files at rest make their own."""
    base = new_folder()
    Area(base).make()
    server = Postgres(locate(base), passwords, Area(base), THROW_AWAY)
    server.start(time.sleep)
    yield server
    server.stop(time.sleep)
    shutil.rmtree(base)


class Product:
    """The stand-in product, run as a person would run the real one."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.address = f"http://127.0.0.1:{free_port()}"
        self.running: list[subprocess.Popen[str]] = []

    def start(self, until: str = "To stop:", **variables: str) -> str:
        """Start it and return what it has said, up to the line that contains the words."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.embedded.stub_product"],
            cwd=PROJECT,
            env=self.environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.running.append(process)
        return self.said(until)

    def said(self, until: str) -> str:
        """Return what it says next, up to the line that contains the words, or to its end."""
        lines: list[str] = []
        for line in self.running[-1].stdout or ():
            lines.append(line)
            if until in line:
                break
        return "".join(lines)

    def command(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m embedded ...` on the same installation."""
        return subprocess.run(
            [sys.executable, "-m", "embedded", *words],
            cwd=PROJECT,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    def environment(self, **variables: str) -> dict[str, str]:
        outside = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        port = self.address.rpartition(":")[2]
        return {**outside, "DBX_VAR": str(self.var), "DBX_PORT": port, **variables}

    def pid(self, name: str) -> int:
        """Return the process number that is on record for a child."""
        return int((Area(self.var).records / f"{name}.pid").read_text().split()[0])

    def end(self) -> None:
        """End whatever still runs, and what a killed run left, which the next test would find."""
        for process in self.running:
            if process.poll() is None:
                process.terminate()
            process.communicate()
        if any(process.returncode < 0 for process in self.running):
            self.command("stop")


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """One installation for all tests of a file, as data survive a stop anyway."""
    base = new_folder()
    yield base / "var"
    shutil.rmtree(base)


@pytest.fixture
def product(var: Path) -> Iterator[Product]:
    made = Product(var)
    yield made
    made.end()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
