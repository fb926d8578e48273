"""Of many threads that want the same value, one makes it and the others wait for it."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass
class Turn(Generic[Value]):
    """The making of one value. ``value`` stays None when it came to nothing."""

    is_over: threading.Event = field(default_factory=threading.Event)
    value: Value | None = None


class Turns(Generic[Value]):
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[Hashable, Turn[Value]] = {}

    @contextmanager
    def first_for(self, what: Hashable) -> Iterator[tuple[Turn[Value], bool]]:
        """The turn for this, and whether it is the caller's; who has it tells the others."""
        with self._lock:
            is_first = what not in self._turns
            turn = self._turns.setdefault(what, Turn())
        try:
            yield turn, is_first
        finally:
            if is_first:
                with self._lock:
                    del self._turns[what]
                turn.is_over.set()
