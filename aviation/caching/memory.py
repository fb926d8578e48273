"""Values this process keeps for itself, up to so many bytes; what nobody asked for goes first."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from aviation.caching.entries import Entry

Place = tuple[str, str, str]
"""Policy, room and key."""

OVERHEAD_BYTES = 500
"""What an entry weighs beside its body: objects, names, and its place in the table."""


class MemoryStore:
    def __init__(self, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_bytes = most_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._bytes = 0
        self._entries: OrderedDict[Place, tuple[float, Entry]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes(self) -> int:
        return self._bytes

    def get(self, place: Place, younger_than_s: float) -> Entry | None:
        """The entry, if it was put here less than so many seconds ago."""
        with self._lock:
            found = self._entries.get(place)
            if found is None or self._clock() - found[0] >= younger_than_s:
                return None
            self._entries.move_to_end(place)
            return found[1]

    def put(self, place: Place, entry: Entry) -> None:
        weight = _weight(entry)
        if weight > self._most_bytes:
            return
        with self._lock:
            self._drop(place)
            self._entries[place] = (self._clock(), entry)
            self._bytes += weight
            while self._bytes > self._most_bytes:
                self._drop(next(iter(self._entries)))

    def size_of(self, policy: str) -> tuple[int, int, float | None]:
        """How many entries of the policy, their bytes, and the Unix time the oldest was made."""
        with self._lock:
            found = [kept[1] for place, kept in self._entries.items() if place[0] == policy]
        oldest_at = min((entry.made_at for entry in found), default=None)
        return len(found), sum(len(entry.body) for entry in found), oldest_at

    def forget(self, is_meant: Callable[[Place], bool]) -> int:
        """Drop the entries meant; answers how many they were."""
        with self._lock:
            meant = [place for place in self._entries if is_meant(place)]
            for place in meant:
                self._drop(place)
        return len(meant)

    def _drop(self, place: Place) -> None:
        found = self._entries.pop(place, None)
        if found is not None:
            self._bytes -= _weight(found[1])


def _weight(entry: Entry) -> int:
    return len(entry.body) + OVERHEAD_BYTES
