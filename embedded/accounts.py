"""The system account that runs PostgreSQL, which refuses to run as root.

What must never happen: a permission of an existing folder is loosened so that this account
gets in. Callers ask `can_enter` and go elsewhere when the answer is no.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import EmbeddedError

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A system account other than our own."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Tell whether the account may walk into the folder.

        The kernel is asked as that account, so that access lists and mounts count too.
        """
        command = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)]
        return run_as(self, command).returncode == 0

    def closed_parent(self, folder: Path) -> Path:
        """Return the outermost folder on the way that keeps the account out."""
        way = [*reversed(folder.parents), folder]
        return next((step for step in way if not self.can_enter(step)), folder)


def run_as(account: Account | None, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a short command to its end as the account; None stands for ourselves."""
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except (PermissionError, subprocess.SubprocessError) as problem:
        who = account.name if account else "you"
        raise EmbeddedError(f"Cannot run {command[0]} as {who}: {problem}.") from problem


def server_account(data: Path) -> Account | None:
    """Return who shall run PostgreSQL: None stands for ourselves, an ordinary user.

    Data that already exist keep their owner, also when a better account has appeared since.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return _account_of(data.stat().st_uid, data.stat().st_gid)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "PostgreSQL does not run as root, and this machine has neither a user postgres nor a"
        " user nobody. Run this as an ordinary user."
    )


def _account_of(uid: int, gid: int) -> Account:
    try:
        return Account(pwd.getpwuid(uid).pw_name, uid, gid)
    except KeyError:
        return Account(str(uid), uid, gid)
