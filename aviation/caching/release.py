"""A short name for the program that makes the values, as a new one may make others of them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import django
from django.conf import settings

CHARACTERS = 8
FOLDERS = ("accounts", "analytics", "aviation")


@cache
def release() -> str:
    """Digest of our own source files, Django and Python: two releases share no values."""
    digest = hashlib.sha256(f"{django.get_version()} {sys.version}".encode())
    for path in _sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:CHARACTERS]


def _sources() -> Iterator[Path]:
    """Migrations change tables, not what is made of them."""
    for folder in FOLDERS:
        for path in sorted((Path(settings.ROOT) / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
