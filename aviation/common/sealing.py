"""Encrypting the few secrets the product must be able to read again.

AES-256-GCM. What is sealed opens only for the same purpose and owner: a sealed value copied into
another row is refused. Layout: key number (1 byte), nonce (12 bytes), ciphertext with its tag.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE_BYTES = 12


class CannotUnseal(Exception):
    """The key is gone, the value was altered, or it was sealed for something else."""


def seal(secret: bytes, *, purpose: str) -> bytes:
    """Encrypt under the current key. ``purpose`` names the kind of secret and whose it is."""
    ring = settings.ENCRYPTION_KEYS
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(ring.current).encrypt(nonce, secret, purpose.encode())
    return bytes([ring.current_number]) + nonce + sealed


def unseal(sealed: bytes, *, purpose: str) -> bytes:
    """The secret again. Raises CannotUnseal."""
    key = settings.ENCRYPTION_KEYS.get(sealed[0]) if sealed else None
    if key is None:
        raise CannotUnseal("The key it was sealed with is not among the encryption keys.")
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, purpose.encode())
    except (InvalidTag, ValueError):
        raise CannotUnseal("It was altered, or sealed for something else.") from None


def is_sealed_with_current_key(sealed: bytes) -> bool:
    return bool(sealed) and sealed[0] == settings.ENCRYPTION_KEYS.current_number
