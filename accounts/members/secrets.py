"""The secret in an invitation's link: 256 random bits, of which the database keeps a digest."""

from __future__ import annotations

import hashlib
import secrets

SECRET_BYTES = 32


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> bytes:
    """SHA-256: with so many random bits, nothing slower is needed."""
    return hashlib.sha256(secret.encode()).digest()
