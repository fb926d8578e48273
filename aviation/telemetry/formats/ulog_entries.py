"""The ``type name`` and value pairs in which a ULog file states facts and parameters."""

from __future__ import annotations

import re
import struct

from aviation.telemetry.formats.ulog_format import SCALARS

_KEY = re.compile(rb"^(?P<type>\w+)(?P<array>\[[0-9]+\])? (?P<name>[\w\-./]+)$")


def parse_entry(payload: bytes) -> tuple[str, str | int | float] | None:
    """Name and value of an information or parameter message; None when it is malformed.

    An array other than of characters is given as its hexadecimal text.
    """
    key_end = 1 + (payload[0] if payload else 0)
    match = _KEY.match(payload[1:key_end])
    if match is None:
        return None
    name, value = match["name"].decode("ascii"), payload[key_end:]
    type_name = match["type"].decode("ascii")
    if type_name == "char":
        return name, value.decode("utf-8", "replace").rstrip("\0")
    if match["array"]:
        return name, value.hex()
    number = _number(type_name, value)
    return None if number is None else (name, number)


def _number(type_name: str, value: bytes) -> int | float | None:
    code = SCALARS.get(type_name)
    if code is None or len(value) != int(code[2:]):
        return None
    if code[1] == "f":
        number: float = struct.unpack("<f" if len(value) == 4 else "<d", value)[0]
        return number
    return int.from_bytes(value, "little", signed=code[1] == "i")
