"""A fair share of each web process: so many batches at once, and fewer for one organization.

Whoever waits is served in the order of how little its organization holds, and among equals in the
order of coming; nobody who comes later passes by. So an organization that floods waits for itself,
and for its own few places in the queue.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aviation.common.errors import DomainError

AT_ONCE = 4
AT_ONCE_FOR_ONE = 2
WAITING_FOR_ONE = 8
"""More of one organization's batches don't wait: they would hold threads that others need."""
PATIENCE_S = 2.0
"""How long a batch waits for its turn before its sender is asked to come again."""


class Busy(DomainError):
    """Nothing was stored. Worth sending again after ``retry_after_s``."""

    code = "busy"
    status = 503
    retry_after_s = 1


class Turns:
    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._changed = threading.Condition()
        self._running: Counter[uuid.UUID] = Counter()
        self._waiting: dict[object, uuid.UUID] = {}

    @contextmanager
    def turn(self, organization_id: uuid.UUID) -> Iterator[None]:
        """Wait for a turn and hold it for the block. Raises Busy."""
        self._begin(organization_id)
        try:
            yield
        finally:
            self._end(organization_id)

    def waiting(self) -> Counter[uuid.UUID]:
        """How many batches of each organization wait."""
        with self._changed:
            return Counter(self._waiting.values())

    def _begin(self, organization_id: uuid.UUID) -> None:
        ticket = object()
        with self._changed:
            if list(self._waiting.values()).count(organization_id) >= WAITING_FOR_ONE:
                raise _busy()
            self._waiting[ticket] = organization_id
            try:
                if not self._changed.wait_for(
                    lambda: self._next() is ticket, timeout=self._patience_s
                ):
                    raise _busy()
                self._running[organization_id] += 1
            finally:
                del self._waiting[ticket]
                self._changed.notify_all()

    def _end(self, organization_id: uuid.UUID) -> None:
        with self._changed:
            self._running[organization_id] -= 1
            self._running += Counter()  # drops those that hold nothing
            self._changed.notify_all()

    def _next(self) -> object | None:
        """Whose turn it is; None while there is none to give."""
        if self._running.total() >= AT_ONCE:
            return None
        able = [
            (self._running[organization_id], place, ticket)
            for place, (ticket, organization_id) in enumerate(self._waiting.items())
            if self._running[organization_id] < AT_ONCE_FOR_ONE
        ]
        return min(able, key=lambda each: each[:2])[2] if able else None


def _busy() -> Busy:
    return Busy("Too many batches are being stored just now. Send this one again.")


_turns = Turns()
turn = _turns.turn
"""A turn in this process."""
