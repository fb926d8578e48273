"""What this process read a moment ago, so that the same program's next request asks nothing."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """At most ``most`` values, each for ``kept_s`` from just before it was read. Thread-safe.

    That nothing was found is remembered too, as a value of its own.
    """

    def __init__(
        self, *, kept_s: float, most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.kept_s = kept_s
        self.clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._values: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get_or_read(self, key: Key, read: Callable[[Key], Value]) -> Value:
        """The remembered value, or what ``read`` answers now. Readers don't wait for each other."""
        asked_at = self.clock()
        with self._lock:
            known = self._values.get(key)
        if known is not None and 0 <= asked_at - known[0] < self.kept_s:
            return known[1]
        value = read(key)
        with self._lock:
            self._values[key] = (asked_at, value)
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value

    def forget(self, key: Key) -> None:
        with self._lock:
            self._values.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
