"""Where the embedded PostgreSQL keeps its files.

What must never happen: permissions of an existing folder change, or data are looked for in a
second place while they lie in the first. Normally everything is in the project's `var`. Only
when we are root, and the account that has to run PostgreSQL cannot get there (a checkout in a
closed home), the files live in a system folder of their own.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from embedded.accounts import Account, server_account
from embedded.errors import EmbeddedError
from embedded.folders import PASSABLE, make_folder, passable
from embedded.postgres_programs import Programs, find_programs
from embedded.sockets import socket_folder

SYSTEM_FOLDERS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - ownership is checked
SOCKET_FILE = ".s.PGSQL.5432"
SOCKETS = "postgres-socket"


@dataclass(frozen=True)
class PostgresFiles:
    """The programs, data and sockets of one server, and who runs it (None: ourselves)."""

    programs: Programs
    data: Path
    sockets: Path
    account: Account | None


def locate(
    var: Path,
    area: str = ".",
    named_programs: str = "",
    system_folders: tuple[Path, ...] = SYSTEM_FOLDERS,
) -> PostgresFiles:
    """Choose and make the folders of a server that belongs to `var`.

    `area` is a folder inside it, for servers beside the main one.
    """
    root = _root(var, area, system_folders)
    if root != var:
        _make_system_root(root, var)
    base = root
    for part in Path(area).parts:
        base = base / part
        make_folder(base, passable())
    account = server_account(base / "postgres")
    programs = find_programs(account, named_programs, root)
    sockets = socket_folder(base / SOCKETS, SOCKET_FILE, account)
    return PostgresFiles(programs, base / "postgres", sockets, account)


def system_roots(var: Path, system_folders: tuple[Path, ...] = SYSTEM_FOLDERS) -> list[Path]:
    """Return the folders in system folders that belong to this `var` and to no other."""
    name = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    return [folder / "dbx-aviation" / name for folder in system_folders]


def _root(var: Path, area: str, system_folders: tuple[Path, ...]) -> Path:
    """Return `var`, or the system folder that stands in for it: where data are, or can be."""
    account = server_account(var / area / "postgres")
    if account is None:
        return var
    roots = [var, *system_roots(var, system_folders)]
    for root in roots:
        if (root / area / "postgres").exists() and root.stat().st_uid == os.geteuid():
            return _still_reachable(root, account)
    if account.can_enter(var):
        return var
    for folder, root in zip(system_folders, roots[1:], strict=True):
        if os.access(folder, os.W_OK) and account.can_enter(folder):
            return root
    raise EmbeddedError(
        f"PostgreSQL does not run as root, the user {account.name} cannot get into"
        f" {account.closed_parent(var)}, and none of {', '.join(map(str, system_folders))} can be"
        f" used instead. Run this as an ordinary user, or set DATABASE_URL and"
        f" DATABASE_OWNER_URL to a server of your own."
    )


def _still_reachable(root: Path, account: Account) -> Path:
    if account.can_enter(root):
        return root
    raise EmbeddedError(
        f"The database files are in {root / 'postgres'}, and the user {account.name}, who runs"
        f" PostgreSQL, can no longer get into {account.closed_parent(root)}. Open that folder"
        f" for them again (chmod o+x)."
    )


def _make_system_root(root: Path, var: Path) -> None:
    """Make the stand-in for `var`, with a note saying whose it is.

    A folder that somebody else made under our name is refused: in /var/tmp anybody can.
    """
    for folder in (root.parent, root):
        make_folder(folder, PASSABLE)
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            raise EmbeddedError(f"{folder} was made by somebody else. Remove it and try again.")
    (root / "belongs-to.txt").write_text(f"{var}\n")
