"""Closed folders for unix sockets, whose path must be short."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from embedded.accounts import Account
from embedded.errors import EmbeddedError
from embedded.folders import make_folder

LONGEST_SOCKET_PATH = 107  # bytes: sun_path of unix(7) without its closing zero
PLAIN_PATH = re.compile(r"[\w./+-]+", re.ASCII)  # servers and URLs split lists at commas
ATTEMPTS = 10
CLOSED_FOLDER = 0o040700


def socket_folder(preferred: Path, socket_file: str, account: Account | None = None) -> Path:
    """Return a folder that only the account (None: ourselves) can enter.

    In the temporary folder when the preferred path is too long or has special characters.
    There anybody may have made a folder of our name; such a one is passed over.
    """
    if _suits(preferred / socket_file) and _is_made(preferred, account):
        return preferred
    for folder in _stand_ins(preferred):
        if _suits(folder / socket_file) and _is_made(folder, account):
            return folder
    raise EmbeddedError(f"No folder for sockets can be made in {tempfile.gettempdir()}.")


def forget_stand_ins(preferred: Path) -> None:
    """Remove what `socket_folder` made in the temporary folder, if it is empty and ours."""
    for folder in _stand_ins(preferred):
        try:
            folder.rmdir()
        except OSError:  # not there, in use, or somebody else's
            continue


def _stand_ins(preferred: Path) -> list[Path]:
    name = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:10]
    return [Path(tempfile.gettempdir()) / f"dbx-{name}-{attempt}" for attempt in range(ATTEMPTS)]


def _suits(socket: Path) -> bool:
    short = len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH
    return short and PLAIN_PATH.fullmatch(str(socket)) is not None


def _is_made(folder: Path, account: Account | None) -> bool:
    """Make the folder for the account; False when it exists and is not exactly that."""
    uid, gid = (account.uid, account.gid) if account else (os.geteuid(), os.getegid())
    if make_folder(folder):
        os.chown(folder, uid, gid)
        return True
    found = folder.lstat()
    return found.st_uid == uid and found.st_mode == CLOSED_FOLDER
