"""Who runs the servers of a `var` folder, and who merely uses them.

One process at a time owns them and ends them when it is done; others are guests meanwhile. Both
are file locks, which the system gives back when a process is killed, so none is ever stale.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import Self

from embedded import identity
from embedded.identity import Identity
from embedded.pause import Pause
from embedded.secret_file import write_private

RUN, COMMAND = "run", "command"


@dataclass(frozen=True)
class Owner:
    """What an owner tells others about itself.

    `mark` is in the environment of all its children; `variables` and `address` are empty until
    the servers and the web pages are ready.
    """

    kind: str
    pid: int
    started: str
    mark: str
    variables: dict[str, str] = field(default_factory=dict, repr=False)
    address: str = ""

    @property
    def process(self) -> Identity:
        """Return which process it is."""
        return Identity(self.pid, self.started)


class Ownership:
    """The locks in one folder, a context manager; the end of this process gives them back too."""

    def __init__(self, folder: Path) -> None:
        self._note = folder / "owner.json"
        self._owner = (folder / "owner.lock").open("a")
        self._guests = (folder / "guests.lock").open("a")

    def __enter__(self) -> Self:
        """Hold nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give back whatever is held."""
        self._owner.close()
        self._guests.close()

    def try_to_own(self) -> bool:
        """Become the owner if nobody is."""
        return _lock(self._owner, fcntl.LOCK_EX)

    def try_to_join(self) -> bool:
        """Become a guest, unless the owner has begun to end the servers."""
        return _lock(self._guests, fcntl.LOCK_SH)

    def leave(self) -> None:
        """Be a guest no more."""
        fcntl.flock(self._guests, fcntl.LOCK_UN)

    def wait_for_guests(self, pause: Pause) -> None:
        """As the owner: wait until nobody uses the servers, and let nobody join any more."""
        while not _lock(self._guests, fcntl.LOCK_EX):
            pause(0.2)

    def publish(self, owner: Owner) -> None:
        """As the owner: tell others."""
        write_private(self._note, json.dumps(asdict(owner)))

    def owner(self) -> Owner | None:
        """Return the present owner, or the former one if it was killed before it released."""
        try:
            return Owner(**json.loads(self._note.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def former_mark(self) -> str | None:
        """As the owner: return the mark of one that was killed before it released."""
        former = self.owner()
        return former.mark if former else None

    def release(self) -> None:
        """As the owner: give the servers up, after they have ended."""
        self._note.unlink(missing_ok=True)
        for lock in (self._owner, self._guests):
            fcntl.flock(lock, fcntl.LOCK_UN)


def this_process(kind: str) -> Owner:
    """Describe this process as an owner that has just begun."""
    me = identity.identify(os.getpid())
    started = me.started if me else ""
    return Owner(kind, os.getpid(), started, f"DBX_STARTED_BY={os.urandom(12).hex()}")


def _lock(file: TextIOWrapper, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
