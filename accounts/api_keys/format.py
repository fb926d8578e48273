"""How a key is written: ``dbx_<id>_<secret><checksum>``, all of it base62.

Anyone can compute the checksum: it proves nothing. It lets a mistyped or invented key be refused
without asking the database, and a scanner of source code tell a key from what looks like one.
"""

from __future__ import annotations

import re
import secrets
import string
import zlib
from dataclasses import dataclass, field

PREFIX = "dbx_"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
ID_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 12, 40, 6
PATTERN = r"dbx_[0-9A-Za-z]{12}_[0-9A-Za-z]{46}"
"""For scanners of secrets; docs/security.md shows it."""
LOOKS_LIKE_A_KEY = re.compile(r"dbx_[0-9A-Za-z]{12}_[0-9A-Za-z]{16,}")
"""Also a key that was cut off when it was pasted: enough of it to be worth hiding."""

_WHOLE = re.compile(
    rf"{PREFIX}(?P<key_id>[0-9A-Za-z]{{{ID_LENGTH}}})_"
    rf"(?P<secret>[0-9A-Za-z]{{{SECRET_LENGTH}}})(?P<checksum>[0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key in its parts."""

    key_id: str
    secret: str = field(repr=False)

    def __str__(self) -> str:
        """The whole key, as it is shown once and sent in requests."""
        return f"{PREFIX}{self.key_id}_{self.secret}{checksum_of(self.key_id, self.secret)}"


def make() -> KeyText:
    """A new key: 71 random bits name it, 238 are its secret."""
    return KeyText(_random_text(ID_LENGTH), _random_text(SECRET_LENGTH))


def parse(text: str) -> KeyText | None:
    """The key ``text`` is, or None where it is none; of the same cost for both."""
    match = _WHOLE.fullmatch(text)
    if match is None:
        return None
    key_id, secret, checksum = match.groups()
    return KeyText(key_id, secret) if checksum == checksum_of(key_id, secret) else None


def checksum_of(key_id: str, secret: str) -> str:
    """CRC-32 of everything before it, six base62 digits."""
    number = zlib.crc32(f"{PREFIX}{key_id}_{secret}".encode())
    digits = ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits


def _random_text(length: int) -> str:
    return "".join(secrets.choice(BASE62) for _ in range(length))
