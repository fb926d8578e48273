"""Small logs made in memory: the containers as their specifications say, nothing more."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

SYNC = bytes.fromhex("2f731320250cbb12")
"""The payload of a ULog synchronization message."""

STATUS = (
    "vehicle_status:uint64_t timestamp;uint8_t arming_state;uint8_t nav_state;uint8_t[6] _padding0;"
)
ATTITUDE = "vehicle_attitude:uint64_t timestamp;float[4] q;"
BATTERY = (
    "battery_status:uint64_t timestamp;float voltage_v;float current_a;float remaining;"
    "bool connected;"
)


def ulog_message(kind: str, payload: bytes) -> bytes:
    return struct.pack("<HB", len(payload), ord(kind)) + payload


def ulog_entry(kind: str, key: str, value: bytes) -> bytes:
    return ulog_message(kind, bytes([len(key)]) + key.encode() + value)


class UlogBytes:
    """Writes a ULog piece by piece; ``bytes(log)`` is the file."""

    def __init__(self, start_us: int = 1_000_000) -> None:
        self.parts = [b"ULog\x01\x12\x35\x01" + struct.pack("<Q", start_us)]
        self.subscriptions = 0

    def add(self, kind: str, payload: bytes) -> UlogBytes:
        self.parts.append(ulog_message(kind, payload))
        return self

    def define(self, text: str) -> UlogBytes:
        return self.add("F", text.encode())

    def parameter(self, name: str, value: float) -> UlogBytes:
        self.parts.append(ulog_entry("P", f"float {name}", struct.pack("<f", value)))
        return self

    def information(self, name: str, text: str) -> UlogBytes:
        self.parts.append(ulog_entry("I", f"char[{len(text)}] {name}", text.encode()))
        return self

    def subscribe(self, name: str, multi_id: int = 0) -> int:
        number, self.subscriptions = self.subscriptions, self.subscriptions + 1
        self.add("A", struct.pack("<BH", multi_id, number) + name.encode())
        return number

    def data(self, number: int, layout: str, *values: float) -> UlogBytes:
        return self.add("D", struct.pack("<H", number) + struct.pack("<" + layout, *values))

    def text(self, time_us: int, text: str, level: str = "6") -> UlogBytes:
        return self.add("L", level.encode() + struct.pack("<Q", time_us) + text.encode())

    def sync(self) -> UlogBytes:
        return self.add("S", SYNC)

    def __bytes__(self) -> bytes:
        return b"".join(self.parts)


def attitude_log(count: int = 50, start_us: int = 1_000_000, step_us: int = 100_000) -> UlogBytes:
    """A ULog with ``count`` upright attitudes, one every ``step_us``."""
    log = UlogBytes(start_us).define(ATTITUDE)
    number = log.subscribe("vehicle_attitude")
    for row in range(count):
        log.data(number, "Q4f", start_us + row * step_us, 1.0, 0.0, 0.0, 0.0)
    return log


FORMAT_CHARACTERS = {
    "B": "B",
    "b": "b",
    "M": "B",
    "h": "h",
    "H": "H",
    "i": "i",
    "I": "I",
    "q": "q",
    "Q": "Q",
    "f": "f",
    "d": "d",
    "c": "h",
    "C": "H",
    "e": "i",
    "E": "I",
    "L": "i",
    "n": "4s",
    "N": "16s",
    "Z": "64s",
}


class DataflashBytes:
    """Writes a DataFlash log piece by piece; ``bytes(log)`` is the file."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.layouts: dict[str, tuple[int, str]] = {}
        self.declare("FMT", "BBnNZ", "Type,Length,Name,Format,Columns", number=128)

    def declare(self, name: str, characters: str, columns: str, number: int = 0) -> DataflashBytes:
        number = number or len(self.layouts) + 1
        layout = "<" + "".join(FORMAT_CHARACTERS[character] for character in characters)
        self.layouts[name] = number, layout
        self.parts.append(
            b"\xa3\x95\x80"
            + struct.pack(
                "<BB4s16s64s",
                number,
                3 + struct.calcsize(layout),
                name.encode(),
                characters.encode(),
                columns.encode(),
            )
        )
        return self

    def add(self, name: str, *values: float | bytes) -> DataflashBytes:
        number, layout = self.layouts[name]
        self.parts.append(b"\xa3\x95" + bytes([number]) + struct.pack(layout, *values))
        return self

    def parameters(self, values: dict[str, float]) -> DataflashBytes:
        self.declare("PARM", "Nf", "Name,Value")
        for name, value in values.items():
            self.add("PARM", name.encode(), value)
        return self

    def __bytes__(self) -> bytes:
        return b"".join(self.parts)


def copter_log(count: int = 50, start_ms: int = 1_000, step_ms: int = 100) -> DataflashBytes:
    """A DataFlash log of a level copter with ``count`` attitudes, one every ``step_ms``."""
    log = DataflashBytes().declare("MSG", "Z", "Message").add("MSG", b"ArduCopter V4.1.0 (abcdef)")
    log.declare("ATT", "QccccCC", "TimeUS,DesRoll,Roll,DesPitch,Pitch,DesYaw,Yaw")
    for row in range(count):
        log.add("ATT", 1_000 * (start_ms + row * step_ms), 0, 150, 0, -250, 9_000, 9_100)
    return log


def csv_bytes(header: str, rows: Iterable[Sequence[object]], delimiter: str = ",") -> bytes:
    lines = [header, *(delimiter.join(str(value) for value in row) for row in rows)]
    return ("\n".join(lines) + "\n").encode()
