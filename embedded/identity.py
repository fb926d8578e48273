"""Which process is which: a number alone is reused, a number with its start time is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
STATE, START_TICKS = 0, 19  # fields of /proc/<pid>/stat, counted after the command's name


@dataclass(frozen=True)
class Identity:
    """A process that ran at some time: its number and when it began (boot and clock ticks)."""

    pid: int
    started: str

    def is_running(self) -> bool:
        """Tell whether exactly this process still runs; a zombie does not."""
        return identify(self.pid) == self

    def write(self, path: Path) -> None:
        """Keep it in a file, complete or not at all."""
        fresh = path.with_suffix(".new")
        fresh.write_text(f"{self.pid} {self.started}\n")
        fresh.replace(path)


def identify(pid: int) -> Identity | None:
    """Return the identity of a running process, None when there is no such process."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[STATE] in "ZX":
        return None
    return Identity(pid, f"{boot()}:{fields[START_TICKS]}")


def boot() -> str:
    """Name this boot of the machine, as clock ticks begin anew with each."""
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def read(path: Path) -> Identity | None:
    """Read what `Identity.write` kept; None when there is nothing readable."""
    try:
        pid, started = path.read_text().split()
        return Identity(int(pid), started)
    except (FileNotFoundError, ValueError):
        return None


def bearing(mark: str) -> Iterator[int]:
    """Yield the processes that inherited the mark, a `NAME=value` of the environment."""
    wanted = mark.encode()
    for entry in PROC.glob("[0-9]*"):
        try:
            inherited = (entry / "environ").read_bytes().split(b"\0")
        except OSError:  # ended meanwhile, or somebody else's
            continue
        if wanted in inherited and int(entry.name) != os.getpid():
            yield int(entry.name)


def running_in(folder: Path, program: str) -> Iterator[int]:
    """Yield the processes of a program that work in a folder."""
    for entry in PROC.glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() != folder:
                continue
            name = (entry / "exe").readlink().name
        except OSError:  # ended meanwhile, or somebody else's
            continue
        if name.partition(" ")[0] == program:
            yield int(entry.name)
