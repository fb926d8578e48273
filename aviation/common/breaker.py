"""A breaker: after a few failures in a row nobody asks for a while, then one asks for all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES = 5
PAUSE_S = 3.0


class Breaker:
    def __init__(
        self,
        failures: int = FAILURES,
        pause_s: float = PAUSE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._pause_s, self._clock = failures, pause_s, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._asks_again_at: float | None = None

    @property
    def is_open(self) -> bool:
        return self._asks_again_at is not None

    def lets_ask(self) -> bool:
        """Whether to ask now. Once a pause is over, one caller is told yes, and nobody else
        until that one has reported or as long again has passed.
        """
        return not self.is_open or self._may_try()

    def _may_try(self) -> bool:
        with self._lock:
            now = self._clock()
            if self._asks_again_at is not None and now < self._asks_again_at:
                return False
            if self._asks_again_at is not None:
                self._asks_again_at = now + self._pause_s
            return True

    def note_success(self) -> bool:
        """Whether this closed the breaker."""
        if self._failures == 0:
            return False
        with self._lock:
            was_open = self._asks_again_at is not None
            self._failures, self._asks_again_at = 0, None
            return was_open

    def note_failure(self) -> bool:
        """Whether this opened the breaker."""
        with self._lock:
            self._failures += 1
            if self._failures < self._most:
                return False
            was_open = self._asks_again_at is not None
            self._asks_again_at = self._clock() + self._pause_s
            return not was_open
