"""Opens a log file for random access without copying it into memory."""

from __future__ import annotations

import mmap
from pathlib import Path

from aviation.telemetry.formats.errors import UnreadableLog

LogBytes = bytes | mmap.mmap


def open_bytes(path: Path) -> LogBytes:
    """The file's content, mapped; it is unmapped when nothing refers to it any more.

    Raises UnreadableLog when the file is empty, OSError when it cannot be opened.
    """
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:
            raise UnreadableLog("empty", "This file is empty.")
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
