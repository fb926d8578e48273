"""ESC_STATUS, message 291 of MAVLink's common set: PX4's motor speeds, left out of pymavlink.

Fields, https://mavlink.io/en/messages/common.html#ESC_STATUS: ``index`` of the first of four speed
controllers, from 0; ``time_usec``; ``rpm``, negative in reverse; ``voltage`` in volts; ``current``
in amperes. On the wire the widest fields come first. The seed of the checksum is made from names
and types, as https://mavlink.io/en/guide/serialization.html#crc_extra describes; a test works it
out anew.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as dialect

MESSAGE_ID = 291


class EscStatus(dialect.MAVLink_message):  # type: ignore[misc]  # pymavlink declares no types
    """In the form in which pymavlink's decoder wants a kind of message described."""

    id = MESSAGE_ID
    msgname = name = "ESC_STATUS"
    fieldnames = ["index", "time_usec", "rpm", "voltage", "current"]
    ordered_fieldnames = ["time_usec", "rpm", "voltage", "current", "index"]
    fieldtypes = ["uint8_t", "uint64_t", "int32_t", "float", "float"]
    orders = [4, 0, 1, 2, 3]
    lengths = [1, 4, 4, 4, 1]
    array_lengths = [0, 4, 4, 4, 0]
    crc_extra = 10
    unpacker = struct.Struct("<Q4i4f4fB")

    def __init__(
        self,
        index: int,
        time_usec: int,
        rpm: Sequence[int],
        voltage: Sequence[float],
        current: Sequence[float],
    ) -> None:
        super().__init__(MESSAGE_ID, self.msgname)
        self._fieldnames = self.fieldnames
        self.index, self.time_usec = index, time_usec
        self.rpm, self.voltage, self.current = rpm, voltage, current

    def pack(self, mav: Any, force_mavlink1: bool = False) -> Any:
        """The frame's bytes; version 1 of the protocol has no room for the message's number."""
        values = (self.time_usec, *self.rpm, *self.voltage, *self.current, self.index)
        return self._pack(mav, self.crc_extra, self.unpacker.pack(*values), force_mavlink1)


def teach() -> None:
    """Let pymavlink's decoders know the message, unless a later release knows it by itself."""
    dialect.mavlink_map.setdefault(MESSAGE_ID, EscStatus)
