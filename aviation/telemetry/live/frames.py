"""MAVLink frames out of datagrams, whatever else lies between them.

Every frame is checked and decoded by pymavlink. Finding where one begins is done here: a damaged
byte then costs itself, not the frames behind it. What must never happen: an exception for bytes
that somebody sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as dialect

from aviation.telemetry.live import esc_status

MAGIC_V1, MAGIC_V2 = 0xFE, 0xFD
HEADER_V1, HEADER_V2 = 6, 10
CHECKSUM_BYTES, SIGNATURE_BYTES = 2, 13
SIGNED = 0x01
LONGEST_FRAME = HEADER_V2 + 255 + CHECKSUM_BYTES + SIGNATURE_BYTES
MAGICS = (bytes([MAGIC_V1]), bytes([MAGIC_V2]))


@dataclass(frozen=True, slots=True)
class Frame:
    """One message; ``message`` is None where its kind is not known to us."""

    system: int
    component: int
    sequence: int
    message: Any


class FrameReader:
    """Reads one sender's datagrams. A frame may go on in the next one."""

    def __init__(self) -> None:
        esc_status.teach()
        self._decoder = dialect.MAVLink(None)
        self._rest = b""
        self.damaged_bytes = 0

    @property
    def is_amid_frame(self) -> bool:
        """Whether what came last may go on in the next datagram."""
        return bool(self._rest)

    def read(self, datagram: bytes) -> list[Frame]:
        data = self._rest + datagram
        frames: list[Frame] = []
        at = framed_bytes = aligned_at = 0
        unfinished = len(data)
        while (at := _next_magic(data, at)) < len(data):
            length = _frame_length(data, at)
            frame = self._frame(data[at : at + length], length)
            if frame is None or (
                frame.message is None
                and (not _fits(data, at, length, aligned_at) or self._covers(data, at, length))
            ):
                if at + length > len(data):
                    unfinished = min(unfinished, at)
                at += 1
                continue
            frames.append(frame)
            framed_bytes += length
            at = aligned_at = at + length
            unfinished = len(data)
        self._rest = data[unfinished:]
        self.damaged_bytes += len(data) - framed_bytes - len(self._rest)
        return frames

    def _covers(self, data: bytes, at: int, length: int) -> bool:
        """Whether a frame that can be verified begins within the one there, which cannot."""
        inside = at
        while (inside := _next_magic(data, inside + 1)) < at + length:
            within = _frame_length(data, inside)
            frame = self._frame(data[inside : inside + within], within)
            if frame is not None and frame.message is not None:
                return True
        return False

    def _frame(self, raw: bytes, length: int) -> Frame | None:
        """The frame that ``raw`` is; None when it is cut short or damaged."""
        if len(raw) < length:
            return None
        try:
            message = self._decoder.decode(bytearray(raw))
        except dialect.MAVError:
            return None
        at = 4 if raw[0] == MAGIC_V2 else 2
        sequence, system, component = raw[at : at + 3]
        is_known = not isinstance(message, dialect.MAVLink_unknown)
        return Frame(system, component, sequence, message if is_known else None)


def _next_magic(data: bytes, start: int) -> int:
    found = [at for each in MAGICS if (at := data.find(each, start)) >= 0]
    return min(found, default=len(data))


def _frame_length(data: bytes, at: int) -> int:
    """What the frame that would begin there is long, as far as its head is there to tell."""
    if len(data) < at + 3:
        return LONGEST_FRAME
    if data[at] == MAGIC_V1:
        return HEADER_V1 + data[at + 1] + CHECKSUM_BYTES
    signature = SIGNATURE_BYTES if data[at + 2] & SIGNED else 0
    return HEADER_V2 + data[at + 1] + CHECKSUM_BYTES + signature


def _fits(data: bytes, at: int, length: int, aligned_at: int) -> bool:
    """Whether a frame lies end to end with its neighbours.

    The checksum of a kind we do not know cannot be verified, so it has to look right at least.
    """
    end = at + length
    return at == aligned_at and (end == len(data) or data[end] in (MAGIC_V1, MAGIC_V2))
