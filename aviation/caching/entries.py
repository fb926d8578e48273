"""A cached value with what says whether it is still true, and how it travels to Redis.

It carries a signature over its name and all of itself: who can write to Redis and does not know
our secret can neither make one nor hand one organization's value to another.
"""

from __future__ import annotations

import hmac
import struct
import time
from dataclasses import dataclass

from aviation.caching.policies import Policy
from aviation.common.signed_cache import DIGEST_BYTES, signature

_HEADER = struct.Struct("!IQdd")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: whose value, by which name, and as of when."""

    policy: Policy
    room: str
    """The organization's id; ``installation`` for what belongs to none."""
    key: str
    generation: int
    """0 where no topic makes the value old."""
    topics: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, str, str]:
        return self.policy.name, self.room, self.key


@dataclass(frozen=True, slots=True)
class Entry:
    """A value as it is kept. Its room and key are its name's, and not repeated here."""

    body: bytes
    edition: int
    generation: int
    made_at: float
    """Unix time before the making of the value began."""
    took_s: float

    def is_true_for(self, wanted: Wanted) -> bool:
        """Made in this edition and generation, and its lifetime not over."""
        return (
            self.generation == wanted.generation
            and self.edition == wanted.policy.edition
            and time.time() - self.made_at < wanted.policy.lifetime_s
        )


def pack(name: str, entry: Entry) -> bytes:
    """The entry as bytes, which are good under this name only."""
    header = _HEADER.pack(entry.edition, entry.generation, entry.made_at, entry.took_s)
    content = header + entry.body
    return signature(name.encode() + b"\0" + content) + content


def unpack(name: str, packed: bytes) -> Entry | None:
    """The entry, or None for what is not ours or was not kept under this name."""
    given, content = packed[:DIGEST_BYTES], packed[DIGEST_BYTES:]
    if not hmac.compare_digest(given, signature(name.encode() + b"\0" + content)):
        return None
    edition, generation, made_at, took_s = _HEADER.unpack_from(content)
    return Entry(content[_HEADER.size :], edition, generation, made_at, took_s)
