"""One child process of ours: started so that it ends with us, and ended as a whole group."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from embedded import identity
from embedded.accounts import Account
from embedded.folders import Area
from embedded.pause import Pause

LAUNCHER = Path(__file__).with_name("launch.py")
GROUP_END_S = 5.0
KEPT_LOGS = 3


@dataclass(frozen=True)
class Recipe:
    """How to start a child and how to end it politely.

    `stop_signals` are tried in turn, each with the seconds it is given; SIGKILL comes last.
    `death_signal` is what the child gets from the kernel when we are killed ourselves.
    """

    name: str
    command: tuple[str, ...]
    area: Area
    environment: Mapping[str, str] = field(repr=False)
    folder: Path = Path("/")
    account: Account | None = None
    stop_signals: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 10.0),)
    death_signal: signal.Signals = signal.SIGTERM
    umask: int = -1
    before_start: Callable[[Pause], None] = lambda _pause: None

    @property
    def log(self) -> Path:
        """Return the file that gets all it writes."""
        return self.area.logs / f"{self.name}.log"

    @property
    def record(self) -> Path:
        """Return the file that tells which process it is while it runs."""
        return self.area.records / f"{self.name}.pid"


class Child:
    """A child process; `start` and `stop` may be called in any state."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.started_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._log_offset = 0

    @property
    def pid(self) -> int | None:
        """The number of the running process."""
        return self._process.pid if self._process else None

    def start(self, pause: Pause) -> None:
        """Start it unless it runs."""
        if self._process is not None and self.ended() is None:
            return
        self.recipe.before_start(pause)
        with self.recipe.log.open("ab") as log:
            self._log_offset = log.tell()
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.recipe.folder,
                env=dict(self.recipe.environment),
                start_new_session=True,
                umask=self.recipe.umask,
            )
        self.started_at = time.monotonic()
        if mark := identity.identify(self._process.pid):
            mark.write(self.recipe.record)

    def ended(self) -> int | None:
        """Return how it ended (negative: by that signal), None while it runs.

        The rest of its group ends with it: half a web server would keep the port.
        """
        process = self._process
        if process is None or process.returncode is not None:
            return process.returncode if process else 0
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        if os.waitid(os.P_PID, process.pid, flags) is None:
            return None
        # Not waited for yet, so the number still is its own and cannot hit another group.
        _signal_group(process.pid, signal.SIGKILL)
        self.recipe.record.unlink(missing_ok=True)
        return process.wait()

    def ask_to_stop(self, number: signal.Signals) -> None:
        """Send the signal if it still runs."""
        if self._process is not None and self.ended() is None:
            os.kill(self._process.pid, number)

    def stop(self, pause: Pause) -> None:
        """End it, politely first."""
        stop_together([self], pause)

    def log_tail(self, lines: int = 15) -> str:
        """Return the end of what it wrote since it was last started."""
        with self.recipe.log.open("rb") as log:
            log.seek(self._log_offset)
            text = log.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def _command(self) -> list[str]:
        recipe = self.recipe
        account = f"{recipe.account.uid}:{recipe.account.gid}" if recipe.account else "-"
        promise = (str(int(recipe.death_signal)), str(os.getpid()), account)
        return [sys.executable, "-I", "-S", str(LAUNCHER), *promise, *recipe.command]


def stop_together(
    children: list[Child], pause: Pause, impatient: Callable[[], bool] = lambda: False
) -> None:
    """End several children at the same time, each by its own polite signals, then by force."""
    patience = {id(child): iter(child.recipe.stop_signals) for child in children}
    deadlines = {id(child): 0.0 for child in children}
    while running := [child for child in children if child.ended() is None]:
        for child in running:
            if impatient():
                child.ask_to_stop(signal.SIGKILL)
            elif time.monotonic() >= deadlines[id(child)]:
                number, seconds = next(patience[id(child)], (signal.SIGKILL, GROUP_END_S))
                deadlines[id(child)] = time.monotonic() + seconds
                child.ask_to_stop(number)
        pause(0.05)


def rotate_log(log: Path) -> None:
    """Put the log of the former run aside; the oldest falls away."""
    for age in range(KEPT_LOGS, 1, -1):
        younger = log.with_suffix(f".log.{age - 1}")
        if younger.exists():
            younger.replace(log.with_suffix(f".log.{age}"))
    if log.exists() and log.stat().st_size:
        log.replace(log.with_suffix(".log.1"))


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # nobody left
        return
