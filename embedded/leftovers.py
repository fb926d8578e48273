"""End what a killed run left behind, and nothing else.

A process is ours when its number and start time are on record, or when it inherited the mark of
that run in its environment. A number alone proves nothing: the system gives it out again.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path

from embedded import identity
from embedded.errors import EmbeddedError
from embedded.identity import Identity
from embedded.pause import Pause, wait_until

POLITE_S = 5.0
FORCED_S = 10.0
# PostgreSQL takes SIGTERM for "wait until all connections close by themselves".
POLITE = {"postgres": signal.SIGINT}


def end_leftovers(records: Path, mark: str | None, pause: Pause) -> list[str]:
    """End the recorded processes and, if a mark is known, all that bear it; return their names.

    Records are files `<name>.pid`; they are removed.
    """
    found = {mine: name for name, mine in _recorded(records) if mine.is_running()}
    for pid in identity.bearing(mark) if mark else ():
        if straggler := identity.identify(pid):
            found.setdefault(straggler, "a helper process")
    end_all({mine: POLITE.get(name, signal.SIGTERM) for mine, name in found.items()}, pause)
    for path in records.glob("*.pid"):
        path.unlink(missing_ok=True)
    return sorted(set(found.values()))


def end_all(wanted: dict[Identity, signal.Signals], pause: Pause) -> None:
    """Send each process its signal, wait, and kill those that stay."""
    for process, number in wanted.items():
        send(process, number)
    if wait_until(lambda: not _running(wanted), pause, POLITE_S):
        return
    for process in wanted:
        send(process, signal.SIGKILL)
    if not wait_until(lambda: not _running(wanted), pause, FORCED_S):
        numbers = ", ".join(str(process.pid) for process in _running(wanted))
        raise EmbeddedError(
            f"Processes of a former run do not end, not even by force: {numbers}. They wait for"
            " a disk; try again when it answers, or restart the machine."
        )


def send(process: Identity, number: signal.Signals) -> None:
    """Signal exactly this process; one that has ended meanwhile is no problem."""
    if not process.is_running():
        return
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        return


def _running(processes: Iterable[Identity]) -> list[Identity]:
    return [process for process in processes if process.is_running()]


def _recorded(records: Path) -> list[tuple[str, Identity]]:
    pairs = ((path.stem, identity.read(path)) for path in sorted(records.glob("*.pid")))
    return [(name, mine) for name, mine in pairs if mine is not None]
