"""Points as JSON: one point, a list of them, or columns; or one JSON object a line (NDJSON).

A point is an object with flat fields. ``{"points": [...]}`` and ``{"columns": {...}}`` may name
the ``flight`` or ``aircraft`` once for all.

What must never happen: memory many times the body's size. What is counted in the bytes before
they are read, and lines read a megabyte at a time, keep it within bounds.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from aviation.common.errors import TooLarge
from aviation.telemetry.choices import Rejection
from aviation.telemetry.ingest.batch import Batch, Refused, require_modest
from aviation.telemetry.ingest.bounds import MAX_FIELDS, MAX_LINE_BYTES, MAX_POINTS, MEBIBYTE
from aviation.telemetry.ingest.column_rows import ColumnRows
from aviation.telemetry.ingest.keys import KeyTwice, may_have_a_key_twice, read_strictly
from aviation.telemetry.ingest.plain_lines import read_plain_lines
from aviation.telemetry.ingest.rows import join, read_rows
from aviation.telemetry.ingest.sorting_out import REFUSED
from aviation.telemetry.ingest.unpacking import Content, Unreadable

CHUNK_BYTES = MEBIBYTE
COMMON = ("flight", "aircraft")
SHOWN_BYTES = 500


@dataclass(slots=True)
class Document:
    """The points of a document, what is said once for all, and how many keys were read."""

    rows: Sequence[Any]
    key_count: int
    common: dict[str, Any] = field(default_factory=dict)


def read_json(body: Content) -> Batch:
    """Raises Unreadable when the document as a whole is not points, or TooLarge."""
    body = _without_bom(body)
    _require_few_containers(body)
    document = _points_of(_loaded(body))
    require_modest(len(document.rows), ())
    if may_have_a_key_twice(body, document.key_count):
        _require_single_keys(body)
    return read_rows(_with_common(document))


def read_ndjson(body: Content) -> Batch:
    """A line that is not readable costs that line, a blank one nothing. Raises TooLarge."""
    body = _without_bom(body)
    _require_few_lines(body)
    batches: list[Batch] = []
    sent, are_plain = 0, True
    for chunk in _chunks(body):
        lines = chunk.strip(b" \t\r\n")
        plain = read_plain_lines(lines, first=sent) if are_plain else None
        are_plain = plain is not None
        batches.append(plain or _lines(lines, first=sent))
        sent += batches[-1].sent
        require_modest(sent, ())
    return join(batches)


def _require_few_lines(body: Content) -> None:
    """Blank ones are counted only where it depends on them."""
    ends = body.count(b"\n")
    if ends > MAX_POINTS:
        require_modest(ends - body.count(b"\n\n") - body.count(b"\n\r\n"), ())


def _without_bom(body: Content) -> Content:
    """Copied only where there is one."""
    return body[len(BOM_UTF8) :] if body.startswith(BOM_UTF8) else body


def _chunks(body: Content) -> Iterator[bytes]:
    """Whole lines, about a megabyte at a time, so that only so much is unfolded at once."""
    start = 0
    while start < len(body):
        end = body.find(b"\n", start + CHUNK_BYTES)
        end = len(body) if end < 0 else end + 1
        yield bytes(memoryview(body)[start:end])
        start = end


def _lines(lines: bytes, *, first: int) -> Batch:
    if not lines:
        return read_rows([], first=first)
    rows = _all_lines(lines)
    if rows is not None:
        return read_rows(rows, first=first)
    return _line_by_line(lines.split(b"\n"), first)


def _all_lines(lines: bytes) -> list[Any] | None:
    """Every line at once, as one JSON list; None when one of them is not as it should be."""
    if len(lines) > CHUNK_BYTES + MAX_LINE_BYTES:
        return None
    text = b"[" + lines.replace(b"\n", b",") + b"]"
    try:
        rows: list[Any] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    is_one_each = len(rows) == lines.count(b"\n") + 1
    return None if not is_one_each or may_have_a_key_twice(text, _keys_in(rows)) else rows


def _line_by_line(lines: list[bytes], first: int) -> Batch:
    """Reached only where a line is damaged, blank or of any other odd form."""
    rows: list[Any] = []
    refused: list[Refused] = []
    for position, line in enumerate(filter(bytes.strip, lines), start=first):
        row, fault = _line(line)
        rows.append(row)
        if fault:
            sent = line[:SHOWN_BYTES].decode(errors="replace")
            refused.append(Refused(position, Rejection.UNREADABLE, fault, sent))
    return read_rows(rows, first=first, refused=refused)


def _line(line: bytes) -> tuple[Any, str]:
    """What the line says, or REFUSED and why."""
    if len(line) > MAX_LINE_BYTES:
        return REFUSED, f"The line is longer than {MAX_LINE_BYTES // 1024} kB."
    try:
        return read_strictly(line), ""
    except KeyTwice as error:
        return REFUSED, str(error)
    except (ValueError, RecursionError):
        return REFUSED, "The line is no JSON."


def _require_few_containers(body: Content) -> None:
    """Refuse what can only be more than the limits, before any of it is unfolded."""
    objects, lists = body.count(b"{"), body.count(b"[")
    if max(objects, lists) > MAX_POINTS + MAX_FIELDS:
        raise TooLarge(f"At most {MAX_POINTS:,} points fit into one request.")
    if body.count(b'":') > MAX_FIELDS * (objects + 1):
        raise TooLarge(f"A point has at most {MAX_FIELDS} fields.")
    if body.count(b",") > MAX_POINTS * lists + MAX_FIELDS * (objects + 1):
        raise TooLarge(f"A list holds at most {MAX_POINTS:,} values.")


def _loaded(body: Content) -> Any:
    """Quick where the document is strict; else as Python reads it, NaN and 1e999 included."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("The body is no readable JSON.") from None


def _points_of(document: Any) -> Document:
    if isinstance(document, list):
        return Document(document, _keys_in(document))
    if not isinstance(document, dict):
        raise Unreadable("Send a point, a list of points, or columns.")
    given = next((name for name in ("points", "columns") if name in document), None)
    if given is None:
        return Document([document], len(document))
    _require_known(document, given)
    common = {name: document[name] for name in COMMON if name in document}
    if given == "columns":
        columns = ColumnRows.of(document["columns"])
        return Document(columns, len(document) + columns.width, common)
    points = document["points"]
    if not isinstance(points, list):
        raise Unreadable("points must be a list.")
    return Document(points, len(document) + _keys_in(points), common)


def _require_known(document: dict[str, Any], given: str) -> None:
    unknown = sorted(set(document) - {given, *COMMON})
    if unknown:
        raise Unreadable(f"Beside {given} only flight and aircraft may stand: {unknown[0][:60]!r}.")


def _keys_in(rows: list[Any]) -> int:
    return sum(len(row) for row in rows if isinstance(row, dict))


def _with_common(document: Document) -> Sequence[Any]:
    """A point's own word stands before what is said for all."""
    rows, common = document.rows, document.common
    if isinstance(rows, ColumnRows):
        return rows.with_common(common)
    for row in rows if common else ():
        if isinstance(row, dict):
            for name, value in common.items():
                row.setdefault(name, value)
    return rows


def _require_single_keys(body: Content) -> None:
    try:
        read_strictly(body)
    except KeyTwice as error:
        raise Unreadable(str(error)) from None
    except RecursionError:
        raise Unreadable("The document is nested too deeply.") from None
