"""What is kept of a key's secret: its HMAC-SHA-256 under a numbered pepper from the settings.

The secret has 238 random bits, so a slow hash would add nothing but its cost to every request. The
pepper keeps a copied table from being of use even to whoever holds a list of leaked keys.
"""

from __future__ import annotations

import hmac

from django.conf import settings

from accounts.api_keys.format import KeyText


def digest_of(key: KeyText) -> tuple[bytes, int]:
    """The digest under the current pepper, and that pepper's number."""
    ring = settings.API_KEY_PEPPERS
    return _digest(ring.current, key), ring.current_number


def is_digest_of(key: KeyText, digest: bytes, pepper_number: int) -> bool:
    """Whether the secret is the right one. A pepper that is gone proves nothing any more."""
    pepper = settings.API_KEY_PEPPERS.get(pepper_number)
    return pepper is not None and hmac.compare_digest(_digest(pepper, key), digest)


def _digest(pepper: bytes, key: KeyText) -> bytes:
    """The id is part of it: a digest copied to another key's row opens nothing."""
    return hmac.digest(pepper, f"{key.key_id}:{key.secret}".encode(), "sha256")
