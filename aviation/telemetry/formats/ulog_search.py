"""Finds the next believable message header of a ULog after damage.

Headers are no landmarks by themselves: two bytes of length, a letter. What makes one believable
is that the log declared it, that its content makes sense, and that another one follows it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.formats.opening import LogBytes
from aviation.telemetry.formats.ulog_entries import parse_entry
from aviation.telemetry.formats.ulog_file import DATA_HEAD_BYTES
from aviation.telemetry.formats.ulog_format import Definitions, parse_definition

SYNC = b"\x08\x00S\x2f\x73\x13\x20\x25\x0c\xbb\x12"
DATA = ord("D")
KNOWN_KINDS = frozenset(b"BFIMPQARDLCSO")

_FIRST_SCAN_BYTES, _LAST_SCAN_BYTES = 1 << 12, 1 << 18
_IS_CHECKABLE = np.zeros(256, dtype=bool)
_IS_CHECKABLE[list(b"DFIPMQA")] = True
"""Kinds of messages whose content tells whether they are what they seem."""

Route = tuple[Callable[[int], None], int]
"""What takes a data message's position, and how far the next header is."""


class HeaderSearch:
    """Looks for headers in one file; ``routes`` and ``definitions`` grow while it is read."""

    def __init__(
        self, data: LogBytes, routes: dict[bytes, Route], definitions: Definitions
    ) -> None:
        self.data = data
        self.content = np.frombuffer(data, dtype=np.uint8)
        self.routes = routes
        self.definitions = definitions
        self._mark = -1
        self._packed_heads: NDArray[np.uint32] = np.empty(0, dtype=np.uint32)

    def is_header(self, position: int, end: int) -> bool:
        """Whether a believable header begins here; the end of the section will do, too."""
        if position + 3 > end:
            return position == end
        route = self.routes.get(self.data[position : position + DATA_HEAD_BYTES])
        if route is not None:
            return position + route[1] <= end
        kind = self.data[position + 2]
        size = self.data[position] | self.data[position + 1] << 8
        return kind in KNOWN_KINDS and kind != DATA and position + 3 + size <= end

    def next_header(self, start: int, end: int) -> int | None:
        """The next believable message followed by another, or the next synchronization mark."""
        mark = self._next_mark(start)
        is_marked = mark + len(SYNC) <= end
        limit, span = mark if is_marked else end, _FIRST_SCAN_BYTES
        while start + DATA_HEAD_BYTES <= limit:
            stop = min(start + span, limit)
            for candidate in self._heads_in_doubt(start, stop):
                if self._is_message(candidate, end):
                    return candidate
            if stop == limit:
                break
            start, span = stop - 4, min(span * 4, _LAST_SCAN_BYTES)
        return mark if is_marked else None

    def _next_mark(self, start: int) -> int:
        """The next synchronization mark, or the file's end; found once for all before it."""
        if self._mark < start:
            found = self.data.find(SYNC, start)
            self._mark = len(self.data) if found < 0 else found
        return self._mark

    def _heads_in_doubt(self, start: int, stop: int) -> list[int]:
        """The positions in [start, stop - 5] that bear the mark of a kind we can check.

        Data messages are checked here, all at once: in most files they are nearly all there is.
        """
        part = self.content[start:stop]
        rows = np.flatnonzero(_IS_CHECKABLE[part[2:-2]])
        sizes = part[rows].astype(np.uint32) | part[rows + 1].astype(np.uint32) << 8
        numbers = part[rows + 3].astype(np.uint32) | part[rows + 4].astype(np.uint32) << 8
        is_known = np.isin(sizes | numbers << 16, self._data_heads())
        is_known |= part[rows + 2] != DATA
        return [start + row for row in rows[is_known].tolist()]

    def _data_heads(self) -> NDArray[np.uint32]:
        """Size and subscription of every known data message, packed into one number."""
        if self._packed_heads.size != len(self.routes):
            known = [struct.unpack("<HBH", head) for head in self.routes]
            packed = [size | number << 16 for size, _, number in known]
            self._packed_heads = np.array(packed, dtype=np.uint32)
        return self._packed_heads

    def _is_message(self, position: int, end: int) -> bool:
        """Whether a whole message begins here that makes sense and that another one follows."""
        following = position + 3 + (self.data[position] | self.data[position + 1] << 8)
        if following >= end:
            return False
        if not self.is_header(following, end) and not self._is_first_data(position, following):
            return False
        kind = self.data[position + 2]
        if kind == DATA:
            return self.data[position : position + DATA_HEAD_BYTES] in self.routes
        return self._is_sound(kind, bytes(self.data[position + 3 : following]))

    def _is_first_data(self, position: int, following: int) -> bool:
        """Whether a subscription begins here and its own first data follow."""
        is_subscription = self.data[position + 2] == ord("A")
        number = self.data[position + 4 : position + 6]
        head = self.data[following + 2 : following + DATA_HEAD_BYTES]
        return is_subscription and head == b"D" + number

    def _is_sound(self, kind: int, payload: bytes) -> bool:
        if kind == ord("F"):
            return parse_definition(payload.decode("ascii", "replace")) is not None
        if kind == ord("A"):
            name = payload[3:].decode("ascii", "replace").rstrip("\0")
            return self.definitions.logged_size(name) is not None
        return parse_entry(payload if kind in b"IP" else payload[1:]) is not None
