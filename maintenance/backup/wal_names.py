"""Names and positions of PostgreSQL's WAL: timelines, segments, LSNs, and a segment's own header.

A position (LSN) is a number of bytes since the beginning of the cluster, written ``1/2A3B``.
Formats: PostgreSQL's src/include/access/xlog_internal.h and xlogdefs.h.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import NamedTuple

SEGMENT = re.compile(r"[0-9A-F]{24}")
HISTORY = re.compile(r"[0-9A-F]{8}\.history")
_ARCHIVED = re.compile(
    r"[0-9A-F]{24}(\.partial|\.[0-9A-F]{8}\.backup)?|[0-9A-F]{8}\.history", re.ASCII
)
_LONG_HEADER = struct.Struct("<HHIQIxxxxQII")
_HAS_LONG_HEADER = 0x0002
HEADER_BYTES = _LONG_HEADER.size
_HISTORY_LINE = re.compile(r"^\s*(\d+)\s+([0-9A-F]+/[0-9A-F]+)", re.MULTILINE)


class Segment(NamedTuple):
    """One file of WAL: the timeline, and its number since the cluster began."""

    timeline: int
    number: int

    def name(self, segment_bytes: int) -> str:
        per_log = 0x1_0000_0000 // segment_bytes
        return f"{self.timeline:08X}{self.number // per_log:08X}{self.number % per_log:08X}"


class NotWal(ValueError):
    """The bytes or the name are no WAL of PostgreSQL."""


@dataclass(frozen=True, slots=True)
class SegmentHeader:
    """What the first page of a segment says about itself."""

    timeline: int
    address: int
    system_identifier: int
    segment_bytes: int

    @property
    def segment(self) -> Segment:
        return Segment(self.timeline, self.address // self.segment_bytes)


def is_archived_name(name: str) -> bool:
    """Whether PostgreSQL archives files of such a name."""
    return _ARCHIVED.fullmatch(name) is not None


def timeline_of(name: str) -> int:
    return int(name[:8], 16)


def read_segment_name(name: str, segment_bytes: int) -> Segment:
    """The segment a file name stands for. Raises NotWal."""
    if not SEGMENT.fullmatch(name):
        raise NotWal(f"{name!r} is no name of a WAL segment.")
    timeline, log, within = (int(name[at : at + 8], 16) for at in (0, 8, 16))
    return Segment(timeline, log * (0x1_0000_0000 // segment_bytes) + within)


def read_header(start: bytes) -> SegmentHeader:
    """The header in the first bytes of a segment. Raises NotWal."""
    if len(start) < HEADER_BYTES:
        raise NotWal("It is too short for a WAL segment.")
    _, flags, timeline, address, _, system, segment_bytes, _ = _LONG_HEADER.unpack(
        start[:HEADER_BYTES]
    )
    is_power_of_two = segment_bytes >= 1 << 20 and segment_bytes & (segment_bytes - 1) == 0
    if not flags & _HAS_LONG_HEADER or not is_power_of_two:
        raise NotWal("It does not begin like a WAL segment.")
    return SegmentHeader(timeline, address, system, segment_bytes)


def read_lsn(text: str) -> int:
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def lsn_text(position: int) -> str:
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def segment_at(timeline: int, position: int, segment_bytes: int) -> Segment:
    """The segment that holds the byte at a position."""
    return Segment(timeline, position // segment_bytes)


def last_segment_before(timeline: int, position: int, segment_bytes: int) -> Segment:
    """The segment that holds the byte before a position: what must be there to reach it."""
    return Segment(timeline, (position - 1) // segment_bytes)


def read_history(text: str) -> list[tuple[int, int]]:
    """Of a timeline's history: each earlier timeline with the position where it was left."""
    return [(int(number), read_lsn(lsn)) for number, lsn in _HISTORY_LINE.findall(text)]
