"""Reads the ArduPilot DataFlash container (.bin): one walk over the headers, then whole columns.

Every message begins with two fixed bytes and a type number; FMT messages declare what the types
hold. A header counts only when its type is declared and the next header follows where it must.
Layout and format characters after ArduPilot's libraries/AP_Logger/LogStructure.h.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from aviation.telemetry.formats.damage import Damage
from aviation.telemetry.formats.opening import LogBytes
from aviation.telemetry.record import FloatArray

HEAD = b"\xa3\x95"
FMT_TYPE = 128
FMT_BYTES = 89
HEADER_BYTES = 3
_FIRST_SCAN_BYTES, _LAST_SCAN_BYTES = 1 << 12, 1 << 18

CODES: dict[str, tuple[str, float]] = {
    "b": ("<i1", 1.0),
    "B": ("<u1", 1.0),
    "M": ("<u1", 1.0),
    "h": ("<i2", 1.0),
    "H": ("<u2", 1.0),
    "i": ("<i4", 1.0),
    "I": ("<u4", 1.0),
    "q": ("<i8", 1.0),
    "Q": ("<u8", 1.0),
    "g": ("<f2", 1.0),
    "f": ("<f4", 1.0),
    "d": ("<f8", 1.0),
    "c": ("<i2", 0.01),
    "C": ("<u2", 0.01),
    "e": ("<i4", 0.01),
    "E": ("<u4", 0.01),
    "L": ("<i4", 1e-7),
    "n": ("S4", 0.0),
    "N": ("S16", 0.0),
    "Z": ("S64", 0.0),
    "a": ("S64", 0.0),
}
"""Numpy type and scale of each format character; scale 0 marks text and arrays."""


def _width(character: str) -> int:
    return int(CODES[character][0].lstrip("<iufS"))


@dataclass(slots=True)
class Table:
    """All messages of one type."""

    name: str
    format: str
    columns: tuple[str, ...]
    content: NDArray[np.uint8]
    """The whole file."""
    positions: array[int] = field(default_factory=lambda: array("q"))
    """Where each message begins."""

    def __len__(self) -> int:
        return len(self.positions)

    def starts(self) -> NDArray[np.int64]:
        return np.frombuffer(self.positions, dtype=np.int64)

    def character(self, column: str) -> str | None:
        """The format character of a column; None when there is no such column."""
        return self.format[self.columns.index(column)] if column in self.columns else None

    def numbers(self, column: str, *, is_unsigned: bool = False) -> FloatArray | None:
        """One column of every message, scaled; None when it is missing or text."""
        character = self.character(column)
        if character is None or CODES[character][1] == 0.0:
            return None
        code, scale = CODES[character]
        if is_unsigned:
            code = code.replace("i", "u")
        values = self._raw(column, code).astype(np.float64)
        return values if scale == 1.0 else values * scale

    def texts(self, column: str, limit: int) -> list[str]:
        """One column of at most ``limit`` messages as text; empty when it is missing."""
        character = self.character(column)
        if character is None or character not in "nNZ":
            return []
        raw = self._raw(column, CODES[character][0])[:limit]
        return [text.decode("utf-8", "replace").strip() for text in raw.tolist()]

    def _raw(self, column: str, code: str) -> NDArray[np.generic]:
        place = self.columns.index(column)
        offset = HEADER_BYTES + sum(_width(character) for character in self.format[:place])
        windows = sliding_window_view(self.content, _width(self.format[place]))
        return windows[self.starts() + offset].view(code)[:, 0]


@dataclass(slots=True)
class DataflashFile:
    """What a DataFlash file holds, by message name."""

    tables: dict[str, Table] = field(default_factory=dict)
    damage: Damage = field(default_factory=Damage)


def read_dataflash_file(data: LogBytes) -> DataflashFile:
    """Walk the file once."""
    walk = _Walk(data)
    walk.run()
    walk.routes.clear()  # they hold the walk, and it the file, until the next garbage collection
    return walk.log


Route = tuple[Callable[[int], None], int]


class _Walk:
    """The state of one walk over a file."""

    def __init__(self, data: LogBytes) -> None:
        self.data = data
        self.log = DataflashFile()
        self.content = np.frombuffer(data, dtype=np.uint8)
        self.routes: dict[bytes, Route] = {HEAD + bytes([FMT_TYPE]): (self._take_format, FMT_BYTES)}
        """From a message's first three bytes to what takes its position, and its length."""
        self.lengths: NDArray[np.intp] = np.zeros(256, dtype=np.intp)
        """The same lengths by type number; 0 where a type is not declared."""
        self.lengths[FMT_TYPE] = FMT_BYTES

    def run(self) -> None:
        data, route_of, damage = self.data, self.routes.get, self.log.damage
        position, end = 0, len(self.data)
        route = route_of(data[:HEADER_BYTES])
        while position < end:
            if route is not None:
                following = position + route[1]
                next_route = route_of(data[following : following + HEADER_BYTES])
                if next_route is not None:
                    route[0](position)
                    position, route = following, next_route
                    continue
            following = self._step_with_care(position, route)
            if following == position or damage.is_hopeless:
                break
            position, route = following, route_of(data[following : following + HEADER_BYTES])
        damage.cut_bytes = end - position

    def _step_with_care(self, position: int, route: Route | None) -> int:
        """Take a message that no known header follows yet; returns where to go on."""
        following = position + route[1] if route else 0
        if route is not None and following <= len(self.data):
            if route[1] == FMT_BYTES:
                self._take_format(position)  # may declare the very message that follows
            if self._is_header(following):
                route[0](position)
                return following
        return self._resume_after(position, route)

    def _is_header(self, position: int) -> bool:
        """Whether a message may begin here; the end of the file, or a cut header, will do, too."""
        head = self.data[position : position + HEADER_BYTES]
        return head in self.routes or (len(head) < HEADER_BYTES and HEAD.startswith(head[:2]))

    def _resume_after(self, position: int, route: Route | None) -> int:
        """Where to go on after a message that no header follows.

        When the next good header lies behind the message, the message itself is whole and only
        what follows it is damaged; when it lies inside, the message was cut by it.
        """
        found = self._next_message(position + 1)
        length = route[1] if route else 0
        whole_until = position + length
        if route and whole_until <= len(self.data) and (found is None or found >= whole_until):
            route[0](position)
            position = whole_until
        if found is None:
            return position
        if found > position:
            self.log.damage.skip(found - position)
        return found

    def _next_message(self, start: int) -> int | None:
        """The next known header with another one where it must follow, or the end of the file."""
        span = _FIRST_SCAN_BYTES
        while start < len(self.data):
            found = self._sound_heads(start, start + span)
            if found.size:
                return start + int(found[0])
            start, span = start + span, min(span * 4, _LAST_SCAN_BYTES)
        return None

    def _sound_heads(self, start: int, stop: int) -> NDArray[np.intp]:
        """Where, from ``start`` on, messages begin that are followed by another or by the end."""
        content, end = self.content, len(self.data)
        part = content[start : stop + HEADER_BYTES - 1]
        is_head = (part[:-2] == HEAD[0]) & (part[1:-1] == HEAD[1])
        heads = np.flatnonzero(is_head & (self.lengths[part[2:]] > 0))
        following = start + heads + self.lengths[part[heads + 2]]
        heads, following = heads[following <= end], following[following <= end]
        first, second, number = (content[np.minimum(following + i, end - 1)] for i in range(3))
        declared = content[np.minimum(start + heads + HEADER_BYTES, end - 1)]
        is_own = (part[heads + 2] == FMT_TYPE) & (number == declared)
        is_followed = (first == HEAD[0]) & (second == HEAD[1])
        is_followed &= ((self.lengths[number] > 0) | is_own) & (following + HEADER_BYTES <= end)
        sound: NDArray[np.intp] = heads[is_followed | (following == end)]
        return sound

    def _take_format(self, position: int) -> None:
        body = bytes(self.data[position + HEADER_BYTES : position + FMT_BYTES])
        type_number, length = body[0], body[1]
        name, characters, columns = (
            part.rstrip(b"\0").decode("ascii", "replace")
            for part in (body[2:6], body[6:22], body[22:86])
        )
        head = HEAD + bytes([type_number])
        names = tuple(columns.split(",")) if columns else ()
        if head in self.routes or not _is_sound(length, characters, names):
            return
        table = Table(name, characters, names, self.content)
        known = self.log.tables.setdefault(name, table)
        take = known.positions.append if _is_same(known, table) else table.positions.append
        self.routes[head] = (take, length)
        self.lengths[type_number] = length


def _is_sound(length: int, characters: str, names: tuple[str, ...]) -> bool:
    """Whether a declared length fits its format and every column has a name."""
    if not characters or any(character not in CODES for character in characters):
        return False
    is_complete = len(names) == len(characters) and len(set(names)) == len(names)
    return is_complete and length == HEADER_BYTES + sum(map(_width, characters))


def _is_same(one: Table, other: Table) -> bool:
    return one.format == other.format and one.columns == other.columns
