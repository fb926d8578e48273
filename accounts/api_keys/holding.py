"""Uses held back in one process for a second at most: a busy key then costs no round trip."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

HELD_S = 1.0

Hours = Mapping[int, int]
"""Requests by hour, the hour as seconds since 1970."""


class Holding:
    """Hands a key's uses on when it is due, and by a thread of its own when no use comes.

    ``hand_on`` is called with each key that was held back; it must not raise.
    """

    def __init__(self, hand_on: Callable[[str, Hours], None]) -> None:
        self._hand_on = hand_on
        self._lock = threading.Lock()
        self._held: dict[str, dict[int, int]] = {}
        self._due: dict[str, float] = {}
        self._timer: threading.Timer | None = None

    def add(self, key_id: str, hour: int) -> Hours:
        """Add one use. Answers what to hand on now: nothing while the key is not due."""
        now = time.monotonic()
        with self._lock:
            hours = self._held.setdefault(key_id, {})
            hours[hour] = hours.get(hour, 0) + 1
            if now < self._due.get(key_id, 0.0):
                self._wake_later()
                return {}
            self._due[key_id] = now + HELD_S
            return self._held.pop(key_id)

    def make_due(self, key_id: str, *, within_s: float) -> None:
        """Hold the key's uses back no longer than this."""
        by = time.monotonic() + within_s
        with self._lock:
            self._due[key_id] = min(by, self._due.get(key_id, by))

    def held_of(self, key_id: str) -> Hours:
        with self._lock:
            return dict(self._held.get(key_id, {}))

    def _wake_later(self) -> None:
        """With the lock held. After a fork the parent's thread is not there: a dead one counts."""
        if self._timer is None or not self._timer.is_alive():
            self._timer = threading.Timer(HELD_S, self._hand_all_on)
            self._timer.daemon = True
            self._timer.start()

    def _hand_all_on(self) -> None:
        now = time.monotonic()
        with self._lock:
            held, self._held, self._timer = self._held, {}, None
            self._due = {key_id: due for key_id, due in self._due.items() if due > now}
        for key_id, hours in held.items():
            self._hand_on(key_id, hours)
