"""What a PX4 ULog file holds: topics read column by column, facts, parameters and texts."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from aviation.telemetry.formats.damage import Damage
from aviation.telemetry.formats.ulog_format import Definitions

DATA_HEAD_BYTES = 5
"""Size, kind and subscription before the data of a message."""

Column = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Text:
    """One line the autopilot logged; ``level`` as in syslog: 3 error, 4 warning, 6 information."""

    time_us: int
    level: int
    text: str


@dataclass(slots=True)
class Topic:
    """All messages of one subscription."""

    name: str
    multi_id: int
    definitions: Definitions
    content: NDArray[np.uint8]
    """The whole file."""
    message_bytes: int
    """Length of one message's data."""
    positions: array[int] = field(default_factory=lambda: array("q"))
    """Where each message's header begins."""

    def column(self, path: str) -> Column | None:
        """One field of every message, in file order; None when there is no such field."""
        place = self.definitions.locate(self.name, path)
        width = 0 if place is None else int(place.code[2:])
        if place is None or place.offset + width > self.message_bytes:
            return None
        starts = np.frombuffer(self.positions, dtype=np.int64)
        windows = sliding_window_view(self.content, width)
        return windows[starts + (DATA_HEAD_BYTES + place.offset)].view(place.code)[:, 0]

    def paths(self) -> list[str]:
        return list(self.definitions.scalar_paths(self.name))

    def __len__(self) -> int:
        return len(self.positions)


@dataclass(slots=True)
class UlogFile:
    """What a ULog file holds. Times are microseconds since boot."""

    start_us: int
    topics: dict[tuple[str, int], Topic] = field(default_factory=dict)
    """By name and instance."""
    information: dict[str, str | int | float] = field(default_factory=dict)
    parameters: dict[str, float] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)
    dropouts_ms: list[int] = field(default_factory=list)
    damage: Damage = field(default_factory=Damage)
