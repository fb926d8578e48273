"""Become the given account, promise to end with the parent, and turn into the given program.

Run as a file of its own (`launch.py SIGNAL PARENT ACCOUNT PROGRAM ARGS...`), because doing this
between fork and exec inside a Python process with threads may hang. ACCOUNT is `uid:gid` or `-`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

SET_PARENT_DEATH_SIGNAL = 1
CANNOT_START = 127


def main(arguments: list[str]) -> None:
    """Replace this process; returns never."""
    death_signal, parent, account, *program = arguments
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if account != "-":
        become(*(int(part) for part in account.split(":")))
    # After the change of account: the kernel forgets the promise when the user id changes.
    prctl(SET_PARENT_DEATH_SIGNAL, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("The process that asked for this one is gone already.")
    restore_signals()
    try:
        os.execv(program[0], program)  # noqa: S606 - becoming a program is the purpose
    except OSError as problem:
        print(f"Cannot start {program[0]}: {problem}", file=sys.stderr)
        sys.exit(CANNOT_START)


def become(uid: int, gid: int) -> None:
    """Give up being root for good."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def restore_signals() -> None:
    """Undo what Python and an impatient shell ignore; a program expects the defaults."""
    for number in ("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGPIPE", "SIGXFSZ", "SIGCHLD"):
        signal.signal(getattr(signal, number), signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


if __name__ == "__main__":
    main(sys.argv[1:])
