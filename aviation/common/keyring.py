"""Numbered secret keys from the settings: the highest number works, the others still verify.

A key is rotated by adding one with the next number, and removed once nothing is left under it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
HIGHEST_NUMBER = 255


class NotAKeyring(ValueError):
    """The text does not list numbered keys; the message says why, without the keys."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys of 32 bytes by number, 1 to 255."""

    keys: Mapping[int, bytes]

    @property
    def current_number(self) -> int:
        return max(self.keys)

    @property
    def current(self) -> bytes:
        return self.keys[self.current_number]

    def get(self, number: int) -> bytes | None:
        return self.keys.get(number)


def read_keyring(text: str) -> Keyring:
    """``1:<base64 of 32 bytes>,2:<...>`` as a keyring. Raises NotAKeyring."""
    keys = dict(_numbered_key(part) for part in text.split(",") if part.strip())
    if not keys:
        raise NotAKeyring("There is no key in it.")
    return Keyring(keys)


def derived_keyring(secret: str, purpose: str) -> Keyring:
    """One key, number 1, made of another secret: for installations that set none of their own."""
    key = HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(secret.encode())
    return Keyring({1: key})


def _numbered_key(part: str) -> tuple[int, bytes]:
    number, _, encoded = part.strip().partition(":")
    if not number.isdecimal() or not 1 <= int(number) <= HIGHEST_NUMBER:
        raise NotAKeyring(f"Each key begins with its number, 1 to {HIGHEST_NUMBER}, and a colon.")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise NotAKeyring(f"Key {number} is not base64.") from None
    if len(key) != KEY_BYTES:
        raise NotAKeyring(f"Key {number} has {len(key)} bytes; {KEY_BYTES} are needed.")
    return int(number), key
