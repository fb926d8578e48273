"""Folders of our own: made with exact permissions, and never touched when they exist already."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import EmbeddedError

PROJECT = Path(__file__).resolve().parent.parent
MARK = ".dbx-aviation"
PRIVATE, PASSABLE = 0o700, 0o711


def make_folder(folder: Path, mode: int = PRIVATE) -> bool:
    """Make a folder with exactly this mode, whatever the umask; tell whether it was made."""
    try:
        folder.mkdir(mode=PRIVATE)
    except FileExistsError:
        return False
    folder.chmod(mode)
    return True


def passable() -> int:
    """Return the mode of folders on the way to the database.

    Root lets another account walk through them, but not look around; others keep them private.
    """
    return PASSABLE if os.geteuid() == 0 else PRIVATE


@dataclass(frozen=True)
class Area:
    """A folder for one set of servers: `var` itself, or one for a test run inside it."""

    base: Path

    @property
    def records(self) -> Path:
        """Return the folder for what lives as long as the processes do."""
        return self.base / "run"

    @property
    def logs(self) -> Path:
        """Return the folder for what the processes write."""
        return self.base / "log"

    def make(self) -> None:
        """Make what is missing of it."""
        make_folder(self.base, passable())
        for folder in (self.records, self.logs):
            make_folder(folder)


def var_folder(chosen: str) -> Path:
    """Return the folder for everything that changes: DBX_VAR's value, or `var` in the project."""
    return Path(chosen).expanduser().resolve() if chosen else PROJECT / "var"


def claim_var(var: Path) -> None:
    """Make `var`, or check that it may be used; leaves a mark by which `reset` knows it.

    Raises EmbeddedError when it is somebody else's, or full of something else.
    """
    if not var.parent.is_dir():
        raise EmbeddedError(f"There is no folder {var.parent} to hold {var.name}.")
    make_folder(var, passable())
    if (owner := var.stat().st_uid) != os.geteuid():
        raise EmbeddedError(
            f"{var} belongs to {_name(owner)}, and you are {_name(os.geteuid())}. Run this as"
            f" {_name(owner)}, or set DBX_VAR to a folder of your own."
        )
    if not is_claimed(var) and any(var.iterdir()):
        raise EmbeddedError(f"{var} holds files that are not ours. Set DBX_VAR to a new folder.")
    (var / MARK).touch()


def is_claimed(var: Path) -> bool:
    """Tell whether `var` is ours to fill and to empty."""
    return var == PROJECT / "var" or (var / MARK).exists()


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
