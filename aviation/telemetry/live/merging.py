"""Many messages a second into few rows: one for each fifth of a second that brought something."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

ROWS_PER_SECOND = 5
IDLE_S = 1.0
"""A row that nothing was added to for as long is complete."""
Values = dict[str, float]


@dataclass(slots=True)
class Row:
    """What arrived within one slot of the boot clock; ``time_s`` is that of its position."""

    slot: int
    time_s: float
    values: Values = field(default_factory=dict)
    has_position: bool = False


class RowMerger:
    """Merges one vehicle's messages. A value stands only in the row it arrived in."""

    def __init__(self) -> None:
        self.complete: list[Row] = []
        self.late = 0
        """Messages that came when their row was complete; their values are left out."""
        self._open: Row | None = None
        self._closed_slot = -1
        self._touched_s = 0.0

    def add(self, values: Values, time_s: float, at_s: float) -> None:
        """Values of a message sent ``time_s`` after booting, arriving at ``at_s``."""
        slot = math.floor(time_s * ROWS_PER_SECOND)
        if slot <= self._closed_slot or (self._open is not None and slot < self._open.slot):
            self.late += 1
            return
        if self._open is None or slot > self._open.slot:
            self.close()
            self._open = Row(slot, time_s)
        _fill(self._open, values, time_s)
        self._touched_s = at_s

    def add_untimed(self, values: Values, about_s: float, at_s: float) -> None:
        """Values of a message without a time, sent ``about_s`` after booting by its arrival."""
        if self._open is not None and at_s - self._touched_s < 1 / ROWS_PER_SECOND:
            self._open.values |= values
            return
        floor_s = self._open.time_s if self._open else about_s
        self.add(values, max(about_s, floor_s), at_s)

    def check(self, at_s: float) -> None:
        """Complete the row of a vehicle that fell silent."""
        if self._open is not None and at_s - self._touched_s > IDLE_S:
            self.close()

    def close(self) -> None:
        """Complete the row that is being filled."""
        if self._open is not None:
            self._closed_slot = self._open.slot
            if self._open.values:
                self.complete.append(self._open)
        self._open = None

    def restart(self) -> None:
        """The boot clock began anew."""
        self.close()
        self._closed_slot = -1

    def take(self) -> list[Row]:
        taken, self.complete = self.complete, []
        return taken


def _fill(row: Row, values: Values, time_s: float) -> None:
    if "latitude" in values:
        row.time_s, row.has_position = time_s, True
    elif not row.has_position:
        row.time_s = max(row.time_s, time_s)
    row.values |= values
