"""Counting what was lost on the way, by the numbers that senders give their messages."""

from __future__ import annotations

NUMBERS = 256
HALF = NUMBERS // 2
LATEST_S = 1.0
"""A number from before that comes within this much of the newest one is late, or came twice."""


class SequenceCount:
    """The messages of one component of a vehicle, which numbers them 0 to 255 and round again.

    Exact up to 255 lost in a row; of a longer silence the numbers only tell the remainder.
    """

    def __init__(self) -> None:
        self.received = 0
        self.lost = 0
        self.repeated = 0
        self._newest: int | None = None
        self._heard_at_s = 0.0
        self._missing: set[int] = set()
        self._certain_lost = 0

    def note(self, number: int, at_s: float) -> bool:
        """Count a message; False for one that was here before."""
        step = 1 if self._newest is None else (number - self._newest) % NUMBERS
        is_old = (step == 0 or step > HALF) and at_s - self._heard_at_s < LATEST_S
        if is_old:
            return self._note_old(number)
        for skipped in range(number - step + 1, number):
            self._missing.add(skipped % NUMBERS)
        self._missing.discard(number)
        self.lost += (step - 1) % NUMBERS
        self.received += 1
        self._newest, self._heard_at_s = number, at_s
        return True

    def confirm(self) -> None:
        """The sender is known not to have started anew so far: what is counted stands."""
        self._certain_lost = self.lost

    def restart(self) -> None:
        """The sender began anew, some time after ``confirm``: its numbers since follow nothing."""
        self.lost = self._certain_lost
        self._newest = None
        self._missing.clear()

    def _note_old(self, number: int) -> bool:
        if number not in self._missing:
            self.repeated += 1
            return False
        self._missing.discard(number)
        self.lost -= 1
        self.received += 1
        return True
