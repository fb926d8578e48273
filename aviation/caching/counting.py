"""What the cache did, counted in the process and added up in Redis every few seconds.

No request waits for it: a thread brings the counts there, and keeps them while Redis is away.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import cast

from aviation.caching.asking import Away, ask
from aviation.caching.shared import shared_store

BROUGHT_EVERY_S = 3.0

HITS, MISSES, MADE_US, SAVED_US, AWAY, ALONE = (
    "hits",
    "misses",
    "made_us",
    "saved_us",
    "away",
    "alone",
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one policy, in one room or all."""

    hits: int = 0
    misses: int = 0
    made_us: int = 0
    """Time it took to make the values that were not found."""
    saved_us: int = 0
    """Time it would have taken to make anew those that were."""
    away: int = 0
    """Readings that did without Redis, because it was dead, slow or full."""
    alone: int = 0
    """Readings in transactions that had changed the topic themselves."""

    @property
    def hit_rate(self) -> float | None:
        """Of the values asked for, the part that was found; None before any was."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None


class Counts:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: Counter[tuple[str, str, str]] = Counter()
        self._is_due = False

    def add(self, policy: str, room: str, **figures: int) -> None:
        with self._lock:
            for name, figure in figures.items():
                self._waiting[policy, room, name] += figure
            is_first, self._is_due = not self._is_due, True
        if is_first:
            timer = threading.Timer(BROUGHT_EVERY_S, self.bring)
            timer.daemon = True
            timer.start()

    def bring(self) -> None:
        """Add what waits to the counts in Redis, or keep it for later. Never raises.

        What Redis took and did not acknowledge is brought again: figures, no bookkeeping.
        """
        with self._lock:
            brought, self._waiting, self._is_due = self._waiting, Counter(), False
        try:
            if brought:
                ask(lambda: _add(brought))
        except Away:
            with self._lock:
                self._waiting.update(brought)


def _add(brought: Counter[tuple[str, str, str]]) -> None:
    store = shared_store()
    with store.redis.pipeline(transaction=True) as calls:
        for (policy, room, name), figure in brought.items():
            calls.hincrby(store.counts_name(policy), f"{room}/{name}", figure)
        calls.execute()


counts = Counts()


def counted_of(policy: str) -> dict[str, Counted]:
    """By room, what was counted of the policy. Raises RedisError while Redis is away."""
    store = shared_store()
    found = cast("dict[bytes, bytes]", store.redis.hgetall(store.counts_name(policy)))
    rooms: dict[str, dict[str, int]] = {}
    for field, figure in found.items():
        room, _, name = field.decode().partition("/")
        rooms.setdefault(room, {})[name] = int(figure)
    return {room: Counted(**figures) for room, figures in rooms.items()}


def total_of(rooms: dict[str, Counted]) -> Counted:
    """All rooms together."""
    names = Counted.__dataclass_fields__
    return Counted(**{name: sum(getattr(each, name) for each in rooms.values()) for name in names})
