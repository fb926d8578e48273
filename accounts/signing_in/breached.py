"""Refusing passwords known from breaches, by a file on this machine: nothing is asked outside.

The file is Have I Been Pwned's download for SHA-1, ordered by hash: one ``HASH`` or
``HASH:count`` a line. It may have tens of gigabytes; a look-up touches some forty places of it.
"""

from __future__ import annotations

import hashlib
from mmap import ACCESS_READ, mmap
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError

HASH_CHARACTERS = 40


class BreachedPasswordValidator:
    """Does nothing where the installation has no such file."""

    def validate(self, password: str, user: object = None) -> None:
        if settings.BREACHED_PASSWORDS_FILE and is_breached(
            password, Path(settings.BREACHED_PASSWORDS_FILE)
        ):
            raise ValidationError(
                "This password is known from data breaches elsewhere. Choose another one.",
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return "Your password can’t be one that is known from data breaches."


def is_breached(password: str, file: Path) -> bool:
    """Whether the password's hash is in the file. Raises OSError when it cannot be read."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    with file.open("rb") as opened:
        if file.stat().st_size == 0:
            return False
        with mmap(opened.fileno(), 0, access=ACCESS_READ) as lines:
            return _contains(lines, wanted.encode())


def _contains(lines: mmap, wanted: bytes) -> bool:
    """Search by halving the bytes; ``low`` always stands at the beginning of a line."""
    low, high = 0, len(lines)
    while low < high:
        start = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
        found = lines[start : start + HASH_CHARACTERS].upper()
        if found == wanted:
            return True
        if found < wanted:
            end = lines.find(b"\n", start, high)
            low = high if end < 0 else end + 1
        else:
            high = start
    return False
