"""Recovery codes: what they look like, and what is kept of them."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets

CODES = 10
FEW_LEFT = 3
RANDOM_BYTES = 15
"""120 bits: nothing to guess, so a plain digest is enough to keep."""
GROUP = 4
_SHAPE = re.compile(r"[A-Z2-7]{24}")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015]+")


def new_codes() -> list[str]:
    return [in_groups(_random_text(), between="-") for _ in range(CODES)]


def in_groups(text: str, *, between: str = " ") -> str:
    """The text in groups of four, to be read and typed."""
    return between.join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def plain(typed: str) -> str:
    """What was typed, in capital letters and without spaces and hyphens."""
    return _BETWEEN.sub("", typed).upper()


def looks_like_code(text: str) -> bool:
    """Whether this could be a recovery code, once ``plain``."""
    return _SHAPE.fullmatch(text) is not None


def digest_of(code: str) -> bytes:
    return hashlib.sha256(plain(code).encode()).digest()


def _random_text() -> str:
    return base64.b32encode(secrets.token_bytes(RANDOM_BYTES)).decode()
