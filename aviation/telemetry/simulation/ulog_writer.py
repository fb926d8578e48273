"""Writes ULog files, PX4's log format, after its published specification (version 1).

A file is a header, definitions (information, parameters, message formats) and data. Data messages
of all topics are merged by time. Everything is little-endian. Topics are numpy structured arrays,
so a whole flight is laid out by a few array operations.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"ULog\x01\x12\x35\x01"
_SYNC = b"\x2f\x73\x13\x20\x25\x0c\xbb\x12"
_SYNC_EVERY_US = 500_000
_BASE_TYPES = {
    "int8_t": "<i1", "uint8_t": "<u1", "int16_t": "<i2", "uint16_t": "<u2",
    "int32_t": "<i4", "uint32_t": "<u4", "int64_t": "<i8", "uint64_t": "<u8",
    "float": "<f4", "double": "<f8", "bool": "?", "char": "S1",
}  # fmt: skip
_FIELD = re.compile(r"^(?P<type>\w+)(\[(?P<count>\d+)\])? (?P<name>\w+)$")

Rows = NDArray[np.void]
Bytes = NDArray[np.uint8]


class LogLevel(IntEnum):
    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    INFO = 6


@dataclass(frozen=True)
class TopicFormat:
    """One message layout, written as ULog itself does: ``name:type field;type[count] field;``.

    ``nested`` are the formats that fields may refer to by name.
    """

    definition: str
    nested: tuple[TopicFormat, ...] = ()

    @property
    def name(self) -> str:
        return self.definition.partition(":")[0]

    @cached_property
    def dtype(self) -> np.dtype[np.void]:
        """The packed memory layout. Raises ValueError for a malformed definition."""
        fields = self.definition.partition(":")[2].strip(";").split(";")
        return np.dtype([self._field(text) for text in fields])

    def _field(self, text: str) -> tuple[Any, ...]:
        match = _FIELD.match(text)
        if match is None:
            raise ValueError(f"not a field of a ULog format: {text!r}")
        known = {inner.name: inner.dtype for inner in self.nested}
        kind = known[match["type"]] if match["type"] in known else _BASE_TYPES[match["type"]]
        shape = (int(match["count"]),) if match["count"] else ()
        return (match["name"], kind, shape)

    def rows(self, count: int, /, **columns: Any) -> Rows:
        """``count`` rows of zeros with the given columns filled in. Raises ValueError or KeyError
        for a column the format does not have."""
        rows = np.zeros(count, self.dtype)
        for name, values in columns.items():
            rows[name] = values
        return rows


@dataclass(frozen=True, slots=True)
class Topic:
    """All messages of one topic; the first field of ``rows`` is ``timestamp`` in µs since boot."""

    format: TopicFormat
    rows: Rows
    instance: int = 0


@dataclass(frozen=True, slots=True)
class LoggedText:
    time_us: int
    level: LogLevel
    text: str


@dataclass(frozen=True, slots=True)
class ULogContent:
    """Everything that goes into one file."""

    start_us: int
    information: Mapping[str, str | int]
    parameters: Mapping[str, int | float]
    topics: Sequence[Topic]
    texts: Sequence[LoggedText] = field(default=())


def write_ulog(target: BinaryIO, content: ULogContent) -> None:
    """Write one complete file to ``target``."""
    target.write(_MAGIC + struct.pack("<Q", content.start_us))
    target.write(_message("B", bytes(40)))
    for chunk in _definitions(content):
        target.write(chunk)
    for number, topic in enumerate(content.topics):
        name = topic.format.name.encode()
        target.write(_message("A", struct.pack("<BH", topic.instance, number) + name))
    target.write(_merged(_blocks(content)).data)


def _message(kind: str, payload: bytes) -> bytes:
    return struct.pack("<HB", len(payload), ord(kind)) + payload


def _definitions(content: ULogContent) -> Iterable[bytes]:
    for key, information in content.information.items():
        yield _message("I", _keyed(key, information))
    for definition in _format_definitions(content.topics):
        yield _message("F", definition.encode())
    for name, parameter in content.parameters.items():
        yield _message("P", _keyed(name, parameter))


def _keyed(key: str, value: str | float) -> bytes:
    """A key that tells the type of its value, then the value."""
    if isinstance(value, str):
        data = value.encode()
        label = f"char[{len(data)}] {key}"
    elif isinstance(value, int):
        # Version numbers are unsigned; parameters below 2**31 read the same either way.
        data = struct.pack("<I" if value >= 0 and key.startswith("ver_") else "<i", value)
        label = f"{'uint32_t' if key.startswith('ver_') else 'int32_t'} {key}"
    else:
        data = struct.pack("<f", value)
        label = f"float {key}"
    return struct.pack("<B", len(label)) + label.encode() + data


def _format_definitions(topics: Sequence[Topic]) -> Iterable[str]:
    """Each format once, nested ones before those that use them."""
    written = dict.fromkeys(
        layout.definition for topic in topics for layout in (*topic.format.nested, topic.format)
    )
    return written.keys()


def _blocks(content: ULogContent) -> list[tuple[NDArray[np.int64], Bytes]]:
    """Per kind of message its times in µs (n,) and its bytes (n, size)."""
    blocks = [
        (topic.rows["timestamp"].astype(np.int64), _data_messages(number, topic.rows))
        for number, topic in enumerate(content.topics)
        if len(topic.rows)
    ]
    blocks += [(np.array([text.time_us]), _text_message(text)) for text in content.texts]
    return [_sync_messages([times for times, _ in blocks]), *blocks]


def _sync_messages(times: list[NDArray[np.int64]]) -> tuple[NDArray[np.int64], Bytes]:
    """One before the first message of every half second that has any: a reader of a damaged file
    finds its way back by them."""
    half_seconds = [np.unique(block_times // _SYNC_EVERY_US) for block_times in times]
    sync_us = np.unique(np.concatenate([*half_seconds, np.empty(0, np.int64)])) * _SYNC_EVERY_US
    sync = np.frombuffer(_message("S", _SYNC), np.uint8)
    return sync_us, np.broadcast_to(sync, (len(sync_us), len(sync)))


def _data_messages(number: int, rows: Rows) -> Bytes:
    size = rows.dtype.itemsize
    head = np.frombuffer(struct.pack("<HBH", size + 2, ord("D"), number), np.uint8)
    result = np.empty((len(rows), len(head) + size), np.uint8)
    result[:, : len(head)] = head
    result[:, len(head) :] = rows.view(np.uint8).reshape(len(rows), size)
    return result


def _text_message(text: LoggedText) -> Bytes:
    level = ord("0") + text.level
    payload = struct.pack("<BQ", level, text.time_us) + text.text.encode()
    return np.frombuffer(_message("L", payload), np.uint8)[None]


def _merged(blocks: list[tuple[NDArray[np.int64], Bytes]]) -> Bytes:
    """All messages behind one another in the order of their times."""
    times = np.concatenate([block_times for block_times, _ in blocks])
    sizes = np.concatenate([np.full(len(data), data.shape[1]) for _, data in blocks])
    order = np.argsort(times, kind="stable")
    offsets = np.empty(len(times), np.int64)
    offsets[order] = np.cumsum(sizes[order]) - sizes[order]
    merged = np.empty(int(sizes.sum()), np.uint8)
    first = 0
    for block_times, data in blocks:
        places = offsets[first : first + len(block_times)]
        merged[places[:, None] + np.arange(data.shape[1])] = data
        first += len(block_times)
    return merged
