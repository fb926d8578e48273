"""Reads the PX4 ULog container: one walk over the message headers, then whole columns at once.

Nothing in a log is believed before it is checked: a header counts only when it fits what the
log itself declared, and after damage the walk continues at the next headers that do. Layout
after the PX4 developer guide, "ULog File Format".
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

import numpy as np

from aviation.telemetry.formats.errors import UnreadableLog
from aviation.telemetry.formats.opening import LogBytes
from aviation.telemetry.formats.ulog_entries import parse_entry
from aviation.telemetry.formats.ulog_file import DATA_HEAD_BYTES, Text, Topic, UlogFile
from aviation.telemetry.formats.ulog_format import Definitions
from aviation.telemetry.formats.ulog_search import DATA, SYNC, HeaderSearch, Route

MAGIC = b"ULog\x01\x12\x35"
HEADER_BYTES = 16
MAX_TEXTS = 20_000
MAX_ENTRIES = 20_000
MAX_SUBSCRIPTIONS = 4_096
_FLAGS_BYTES = 40
_APPENDED_DATA = 0x01
_SHORT_BYTES = 512
"""A longer message must be followed by a header: a damaged length would swallow good data."""
_UNPRINTABLE = re.compile(r"\x1b\[[0-9;]*m|[\x00-\x08\x0b-\x1f\x7f]")
"""Terminal colours and control characters in the autopilot's texts."""


def read_ulog_file(data: LogBytes) -> UlogFile:
    """Walk the file once. Raises UnreadableLog when it is no ULog or of a later kind."""
    if data[: len(MAGIC)] != MAGIC or len(data) < HEADER_BYTES:
        raise UnreadableLog("header_only", "This PX4 log ends within its header: it is empty.")
    (start_us,) = struct.unpack_from("<Q", data, 8)
    walk = _Walk(data, UlogFile(start_us))
    walk.run()
    walk.handlers.clear()  # they hold the walk, and it the file, until the next garbage collection
    return walk.log


class _Walk:
    """The state of one walk over a file."""

    def __init__(self, data: LogBytes, log: UlogFile) -> None:
        self.data = data
        self.log = log
        self.content = np.frombuffer(data, dtype=np.uint8)
        self.definitions = Definitions()
        self.routes: dict[bytes, Route] = {}
        """From the first five bytes of a data message (size, kind, subscription) to what takes
        its position and how far the next header is: one look-up checks all three."""
        self.search = HeaderSearch(data, self.routes, self.definitions)
        self.handlers: dict[int, Callable[[bytes], bool]] = {
            ord("B"): lambda payload: len(payload) == _FLAGS_BYTES,
            ord("F"): self._take_definition,
            ord("I"): self._take_information,
            ord("M"): self._take_multi_information,
            ord("P"): self._take_parameter,
            ord("Q"): self._take_default_parameter,
            ord("A"): self._take_subscription,
            ord("R"): lambda payload: len(payload) == 2,
            ord("L"): self._take_text,
            ord("C"): self._take_tagged_text,
            ord("S"): lambda payload: payload == SYNC[3:],
            ord("O"): self._take_dropout,
        }

    def run(self) -> None:
        """Walk the file section by section: appended data begins where the flags say."""
        position, end = HEADER_BYTES, len(self.data)
        for section_end in self._appended_at():
            self._walk_section(position, section_end)
            position = section_end
        self.log.damage.cut_bytes = end - self._walk_section(position, end)

    def _walk_section(self, position: int, end: int) -> int:
        """Walk [position, end); returns where the walk could not go on."""
        data, route_of = self.data, self.routes.get
        while position + 3 <= end:
            route = route_of(data[position : position + DATA_HEAD_BYTES])
            if route is not None:
                take, step = route
                if position + step <= end:
                    take(position)
                    position += step
                    continue
            following = self._take_other(position, end)
            if following == position:
                break
            position = following
        return position

    def _take_other(self, position: int, end: int) -> int:
        """Take any message but a known data message; returns where the next one begins."""
        data = self.data
        following = position + 3 + (data[position] | data[position + 1] << 8)
        if following <= end:
            kind = data[position + 2]
            handler = self.handlers.get(kind)
            is_believable = following - position < _SHORT_BYTES or self.search.is_header(
                following, end
            )
            if handler and is_believable and handler(bytes(data[position + 3 : following])):
                return following
            if kind == DATA and self.search.is_header(following, end):
                return following  # data of a subscription that we do not know
        return self._resume_after(position, end)

    def _resume_after(self, position: int, end: int) -> int:
        """The next place to go on from, or ``position`` itself when there is none."""
        damage = self.log.damage
        found = None if damage.is_hopeless else self.search.next_header(position + 1, end)
        if found is None:
            return position
        damage.skip(found - position)
        return found

    def _appended_at(self) -> list[int]:
        """Where data was appended after the log proper, from the flags in the first message."""
        payload = bytes(self.data[HEADER_BYTES + 3 : HEADER_BYTES + 3 + _FLAGS_BYTES])
        if self.data[HEADER_BYTES + 2 : HEADER_BYTES + 3] != b"B" or len(payload) < _FLAGS_BYTES:
            return []
        incompatible = payload[8:16]
        if incompatible[0] & ~_APPENDED_DATA or any(incompatible[1:]):
            text = "This PX4 log was written in a newer format than we can read."
            raise UnreadableLog("newer_format", text)
        offsets = struct.unpack_from("<3Q", payload, 16) if incompatible[0] else ()
        return sorted({offset for offset in offsets if HEADER_BYTES < offset < len(self.data)})

    def _take_definition(self, payload: bytes) -> bool:
        return self.definitions.add(payload.decode("ascii", "replace"))

    def _take_subscription(self, payload: bytes) -> bool:
        if len(payload) < 4:
            return False
        multi_id, message_id = payload[0], payload[1:3]
        name = payload[3:].decode("ascii", "replace").rstrip("\0")
        size = self.definitions.logged_size(name)
        if size is None:
            return name.isidentifier()
        topic = self._topic(name, multi_id, size)
        if topic is not None:
            full_size = self.definitions.size(name) or size
            for message_bytes in (size, full_size):
                head = struct.pack("<HB", message_bytes + 2, DATA) + message_id
                self.routes[head] = (topic.positions.append, message_bytes + DATA_HEAD_BYTES)
        return True

    def _topic(self, name: str, multi_id: int, size: int) -> Topic | None:
        topics = self.log.topics
        known = topics.get((name, multi_id))
        if known is None and len(topics) < MAX_SUBSCRIPTIONS:
            known = Topic(name, multi_id, self.definitions, self.content, size)
            topics[name, multi_id] = known
        return known

    def _take_information(self, payload: bytes) -> bool:
        entry = parse_entry(payload)
        if entry is not None and len(self.log.information) < MAX_ENTRIES:
            self.log.information.setdefault(*entry)
        return entry is not None

    def _take_multi_information(self, payload: bytes) -> bool:
        """Long texts in pieces (boot console, performance counters): nothing of ours in them."""
        return len(payload) > 1 and parse_entry(payload[1:]) is not None

    def _take_parameter(self, payload: bytes) -> bool:
        """The first value counts: it is the one the flight began with."""
        entry = parse_entry(payload)
        if entry is None or isinstance(entry[1], str):
            return False
        if len(self.log.parameters) < MAX_ENTRIES:
            self.log.parameters.setdefault(entry[0], float(entry[1]))
        return True

    def _take_default_parameter(self, payload: bytes) -> bool:
        return len(payload) > 1 and parse_entry(payload[1:]) is not None

    def _take_text(self, payload: bytes) -> bool:
        return len(payload) >= 9 and self._add_text(payload[0], payload[1:9], payload[9:])

    def _take_tagged_text(self, payload: bytes) -> bool:
        return len(payload) >= 11 and self._add_text(payload[0], payload[3:11], payload[11:])

    def _add_text(self, level: int, stamp: bytes, text: bytes) -> bool:
        if not ord("0") <= level <= ord("7"):
            return False
        if len(self.log.texts) < MAX_TEXTS:
            time_us = int.from_bytes(stamp, "little")
            line = _UNPRINTABLE.sub("", text.decode("utf-8", "replace")).strip()
            self.log.texts.append(Text(time_us, level - ord("0"), line))
        return True

    def _take_dropout(self, payload: bytes) -> bool:
        if len(payload) != 2:
            return False
        if len(self.log.dropouts_ms) < MAX_ENTRIES:
            self.log.dropouts_ms.append(int.from_bytes(payload, "little"))
        return True
