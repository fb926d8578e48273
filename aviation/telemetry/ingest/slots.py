"""A fair share of each web process: so many batches at once, and fewer for one organization.

Whoever waits is served in the order of how little its organization holds, and among equals in the
order of coming; nobody who comes later passes by. So an organization that floods waits for itself,
and for its own few places in the queue. Small bodies are stored in a moment and have more places:
to send them away and have them come again costs more than to let them wait. Several that flood
share what one alone may have: whoever has most waiting gives its last place up to the next.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aviation.common.errors import DomainError

AT_ONCE = 4
AT_ONCE_FOR_ONE = 2
WAITING_FOR_ONE = 8
"""More of one organization's large batches don't wait: they would hold threads others need."""
SMALL_BYTES = 256 * 1024
SMALL_WAITING_FOR_ONE = 34
"""Of small bodies. With those at work they hold three quarters of a web process's threads."""
WAITING = SMALL_WAITING_FOR_ONE
"""Of all organizations together; the threads beyond are for what is no telemetry."""
SMALL_WAITING_BYTES = 4 * 1024**2
"""What may wait in a process beyond the few places of each organization, as it was sent."""
PATIENCE_S = 2.0
"""How long a batch waits for its turn before its sender is asked to come again."""


class Busy(DomainError):
    """Nothing was stored. Worth sending again after ``retry_after_s``."""

    code = "busy"
    status = 503
    retry_after_s = 1


@dataclass(slots=True, eq=False)
class Waiting:
    """A batch in the queue. Each is told by itself that its turn has come, or that it is sent
    away: to wake them all and have each look would cost more, with many waiting, than to store a
    small batch."""

    organization_id: uuid.UUID
    sent_bytes: int
    is_told: threading.Event = field(default_factory=threading.Event)
    has_turn: bool = False


class Turns:
    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._running: Counter[uuid.UUID] = Counter()
        self._waiting: dict[Waiting, None] = {}
        """In the order of coming."""

    @contextmanager
    def turn(self, organization_id: uuid.UUID, sent_bytes: int) -> Iterator[None]:
        """Wait for a turn and hold it for the block. Raises Busy."""
        self._begin(Waiting(organization_id, sent_bytes))
        try:
            yield
        finally:
            self._end(organization_id)

    def waiting(self) -> Counter[uuid.UUID]:
        """How many batches of each organization wait."""
        with self._lock:
            return Counter(each.organization_id for each in self._waiting)

    def _begin(self, batch: Waiting) -> None:
        with self._lock:
            if not self._may_wait(batch):
                raise _busy()
            self._waiting[batch] = None
            self._give_turns()
            if len(self._waiting) > WAITING:
                self._send_one_away()
        batch.is_told.wait(self._patience_s)
        with self._lock:
            if not batch.has_turn:
                self._waiting.pop(batch, None)
                raise _busy()

    def _send_one_away(self) -> None:
        """The last to come of those that have most waiting; among equals the newcomer itself."""
        waiting = Counter(each.organization_id for each in self._waiting)
        most = max(waiting.values())
        last = next(e for e in reversed(self._waiting) if waiting[e.organization_id] == most)
        del self._waiting[last]
        last.is_told.set()

    def _may_wait(self, batch: Waiting) -> bool:
        own = sum(each.organization_id == batch.organization_id for each in self._waiting)
        if own < WAITING_FOR_ONE:
            return True
        small = sum(each.sent_bytes for each in self._waiting if each.sent_bytes <= SMALL_BYTES)
        return (
            batch.sent_bytes <= SMALL_BYTES
            and own < SMALL_WAITING_FOR_ONE
            and small + batch.sent_bytes <= SMALL_WAITING_BYTES
        )

    def _end(self, organization_id: uuid.UUID) -> None:
        with self._lock:
            self._running[organization_id] -= 1
            self._running += Counter()  # drops those that hold nothing
            self._give_turns()

    def _give_turns(self) -> None:
        while (batch := self._next()) is not None:
            del self._waiting[batch]
            self._running[batch.organization_id] += 1
            batch.has_turn = True
            batch.is_told.set()

    def _next(self) -> Waiting | None:
        """Whose turn it is; None while there is none to give."""
        if self._running.total() >= AT_ONCE:
            return None
        able = (
            (self._running[batch.organization_id], place, batch)
            for place, batch in enumerate(self._waiting)
            if self._running[batch.organization_id] < AT_ONCE_FOR_ONE
        )
        return min(able, key=lambda each: each[:2], default=(0, 0, None))[2]


def _busy() -> Busy:
    return Busy("Too many batches are being stored just now. Send this one again.")


_turns = Turns()
turn = _turns.turn
"""A turn in this process."""
