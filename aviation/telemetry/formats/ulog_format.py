"""ULog message definitions: where each field of a message lies.

Definitions may nest (``esc_report[8] esc``); nothing is expanded in memory, so that a hostile
definition cannot grow beyond what its text says. Layout after the PX4 developer guide, "ULog
File Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SCALARS = {
    "int8_t": "<i1",
    "uint8_t": "<u1",
    "int16_t": "<i2",
    "uint16_t": "<u2",
    "int32_t": "<i4",
    "uint32_t": "<u4",
    "int64_t": "<i8",
    "uint64_t": "<u8",
    "float": "<f4",
    "double": "<f8",
    "bool": "<u1",
    "char": "<u1",
}
_WIDTHS = {name: int(code[2:]) for name, code in SCALARS.items()}

MAX_MESSAGE_BYTES = 65_535
MAX_DEFINITIONS = 5_000
MAX_DEPTH = 16

_FIELD = re.compile(r"^(?P<type>\w+)(?:\[(?P<count>[0-9]{1,5})\])? +(?P<name>\w+)$")
_STEP = re.compile(r"^(?P<name>\w+)(?:\[(?P<index>[0-9]{1,5})\])?$")


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type_name: str
    count: int
    is_array: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scalar lies inside its message, and as what."""

    offset: int
    code: str
    """A numpy type code such as ``<f4``."""


def parse_definition(text: str) -> tuple[str, tuple[Field, ...]] | None:
    """Name and fields of ``name:type field;type[n] field;``, or None when it is malformed."""
    name, colon, body = text.partition(":")
    if not colon or not re.fullmatch(r"[\w/\-]+", name):
        return None
    fields = []
    for part in body.rstrip("; \0").split(";"):
        match = _FIELD.match(part.strip())
        if match is None:
            return None
        count = match["count"]
        fields.append(Field(match["name"], match["type"], int(count or 1), count is not None))
    return name, tuple(fields)


class Definitions:
    """The message definitions of one log."""

    def __init__(self) -> None:
        self._fields: dict[str, tuple[Field, ...]] = {}
        self._sizes: dict[str, int] = {}

    def add(self, text: str) -> bool:
        """Take in one definition; False when it is malformed. The first of a name counts."""
        parsed = parse_definition(text)
        if parsed is None:
            return False
        if len(self._fields) < MAX_DEFINITIONS:
            self._fields.setdefault(*parsed)
        return True

    def size(self, type_name: str, depth: int = 0) -> int | None:
        """Bytes of one value of the type; None when it is unknown, recursive or too large."""
        if type_name in _WIDTHS:
            return _WIDTHS[type_name]
        known = self._sizes.get(type_name)
        if known is None:
            known = self._sum_of_fields(type_name, depth)
            if known is not None:
                self._sizes[type_name] = known
        return known

    def _sum_of_fields(self, type_name: str, depth: int) -> int | None:
        if depth > MAX_DEPTH or type_name not in self._fields:
            return None
        total = 0
        for field in self._fields[type_name]:
            size = self.size(field.type_name, depth + 1)
            if not size:
                return None
            total += size * field.count
            if total > MAX_MESSAGE_BYTES:
                return None
        return total or None

    def logged_size(self, type_name: str) -> int | None:
        """Bytes a logger writes for the type: padding at the very end is left off."""
        size = self.size(type_name)
        if size is None:
            return None
        last = self._fields[type_name][-1]
        if last.name.startswith("_padding"):
            size -= (self.size(last.type_name) or 0) * last.count
        return size or None

    def locate(self, type_name: str, path: str) -> Place | None:
        """The place of a scalar such as ``esc[2].esc_rpm``; None when there is no such field."""
        offset = 0
        for step in path.split("."):
            match = _STEP.match(step)
            found = self._step(type_name, match["name"]) if match else None
            if match is None or found is None:
                return None
            start, field = found
            index = int(match["index"] or 0)
            size = self.size(field.type_name)
            if size is None or index >= field.count or (match["index"] and not field.is_array):
                return None
            offset += start + index * size
            type_name = field.type_name
        code = SCALARS.get(type_name)
        return None if code is None else Place(offset, code)

    def _step(self, type_name: str, name: str) -> tuple[int, Field] | None:
        """The field of that name and where it starts inside the type."""
        offset = 0
        for field in self._fields.get(type_name, ()):
            if field.name == name:
                return offset, field
            offset += (self.size(field.type_name) or 0) * field.count
        return None

    def scalar_paths(self, type_name: str, prefix: str = "") -> Iterator[str]:
        """Every scalar of the type by its path, padding left out."""
        for field in self._fields.get(type_name, ()):
            if field.name.startswith("_padding"):
                continue
            for index in range(field.count):
                path = f"{prefix}{field.name}[{index}]" if field.is_array else prefix + field.name
                if field.type_name in SCALARS:
                    yield path
                else:
                    yield from self.scalar_paths(field.type_name, path + ".")
