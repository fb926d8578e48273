"""Answering a throw-away server that asks for its WAL, for as long as a block lasts.

The keys stay in this process: what the server's account gets is plain files in a folder of its
own, one after the other. When the block or the process ends there is no answer, and the recovery
stops with an error instead of ending early.
"""

from __future__ import annotations

import shlex
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aviation.common.errors import DomainError
from embedded.accounts import Account
from embedded.folders import make_folder, passable
from embedded.sockets import forget_stand_ins, socket_folder
from maintenance.backup import settings_lines, wal_asking
from maintenance.backup.programs import give
from maintenance.backup.restoring import Plan, Restorer
from maintenance.backup.wal_ahead import WalAhead

_SOCKET_FILE = "ask"
_LONGEST_NAME = 256


@contextmanager
def wal_at_hand(plan: Plan, restorer: Restorer, place: Path) -> Iterator[str]:
    """Fetch a plan's WAL ahead into the folder ``place``; yields the server's restore_command.

    The folder is made anew, lies on the data directory's file system, and goes with the block.
    """
    if place.exists():  # left by one that was killed
        shutil.rmtree(place)
    make_folder(place, passable())
    coming, ready, sockets = (place / name for name in ("coming", "ready", "sockets"))
    try:
        for folder in (coming, ready):
            make_folder(folder)
        give(restorer.programs, ready)
        account = restorer.programs.account
        address = socket_folder(sockets, _SOCKET_FILE, account) / _SOCKET_FILE
        with WalAhead(plan, restorer, coming, ready) as ahead, _answered(ahead, address):
            give(restorer.programs, address)
            yield _command(address, ready, account)
    finally:
        shutil.rmtree(place)
        forget_stand_ins(sockets)


@contextmanager
def _answered(ahead: WalAhead, address: Path) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as listening:
        address.unlink(missing_ok=True)  # left by one that was killed
        listening.bind(str(address))
        listening.listen()
        thread = threading.Thread(target=_answer_all, args=(ahead, listening), name="wal-answers")
        thread.start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)  # whoever waits in accept() is told
            thread.join()
            address.unlink()


def _answer_all(ahead: WalAhead, listening: socket.socket) -> None:
    """One after the other: a server that recovers asks for one file at a time."""
    while True:
        try:
            asking, _ = listening.accept()
        except OSError:  # it was shut down: nobody asks any more
            return
        with asking:
            try:
                name = asking.recv(_LONGEST_NAME).decode(errors="replace").strip()
                asking.sendall(_answer(ahead, name).encode(errors="replace"))
            except OSError:  # whoever asked is gone
                continue


def _answer(ahead: WalAhead, name: str) -> str:
    try:
        return wal_asking.FOUND if ahead.take(name) else wal_asking.MISSING
    except DomainError as problem:
        return problem.message
    except Exception as problem:  # whatever it is, the recovery must stop and say why
        return f"{type(problem).__name__}: {problem}"


def _command(address: Path, ready: Path, account: Account | None) -> str:
    """A percent sign in a path is doubled for PostgreSQL."""
    python = settings_lines.python_for(account)
    words = [python, "-I", "-S", wal_asking.__file__, str(address), str(ready)]
    return f"{shlex.join(words).replace('%', '%%')} %f %p"
