"""Commands in processes of their own that SIGKILL ends before a chosen statement.

One process loads Django and forks for each command: what is killed knows as little of the others
as a process started for it, and costs a moment instead of seconds.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from tests.isolation.processes import surroundings


@dataclass(frozen=True)
class Commands:
    """The waiting process. ``alias`` is the connection whose statements are counted."""

    process: subprocess.Popen[str]
    alias: str

    def count(self, *words: str) -> int:
        """Run the command to its end; how many statements it sent."""
        told = self._run(0, words)
        assert told["status"] == 0, told["error"]
        return int(told["statements"])

    def kill(self, at: int, *words: str) -> None:
        """Run the command, killed before its statement ``at``, counted from 1."""
        told = self._run(at, words)
        assert told["status"] == -signal.SIGKILL, told["error"]

    def _run(self, at: int, words: tuple[str, ...]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = json.dumps({"at": at, "alias": self.alias, "words": words})
        print(asked, file=self.process.stdin, flush=True)
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told


@contextmanager
def killed_commands(alias: str = "default") -> Iterator[Commands]:
    """Lend the process; it works on this test's database and files."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.isolation.killable"],
        cwd=settings.ROOT,
        env=surroundings(DBX_MEDIA=str(settings.MEDIA_ROOT)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Commands(process, alias)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 0
