"""The text of a CSV log: its encoding, delimiter, decimal mark and header line."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

from aviation.telemetry.formats.csv_columns import understand
from aviation.telemetry.formats.csv_time import is_time
from aviation.telemetry.formats.errors import UnreadableLog
from aviation.telemetry.formats.opening import LogBytes

HEAD_BYTES = 1 << 16
HEADER_LINES = 40
"""The header is looked for in this many lines: some programs write remarks above it."""
MAX_COLUMNS = 2_000
_DELIMITERS = ",;\t"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Layout:
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    lines_before_data: int
    has_decimal_comma: bool


def layout_of(data: LogBytes) -> Layout:
    """How the text is laid out. Raises UnreadableLog when no line looks like a header."""
    encoding = encoding_of(data[:HEAD_BYTES])
    lines = _head_lines(data[:HEAD_BYTES], encoding)
    row, delimiter = _header_line(lines)
    header = split_line(lines[row], delimiter)
    if len(header) > MAX_COLUMNS:
        text = f"This table has more than {MAX_COLUMNS:,} columns: that is no flight log."
        raise UnreadableLog("not_a_log", text)
    if len(header) < 2 and not any(is_time(name) for name in header):
        text = "This is not a flight log we can read: it looks like plain text."
        raise UnreadableLog("not_a_log", text)
    if row == len(lines) - 1 and len(data) > HEAD_BYTES:
        text = "This table's first lines are far too long for a flight log."
        raise UnreadableLog("not_a_log", text)
    if not any(line.strip() for line in lines[row + 1 :]):
        text = "This table holds a header line and nothing below it."
        raise UnreadableLog("header_only", text)
    has_comma = delimiter != "," and _has_decimal_comma(lines[row + 1 : row + 50], delimiter)
    return Layout(encoding, delimiter, header, row + 1, has_comma)


def encoding_of(head: bytes) -> str:
    """UTF-8 unless the text cannot be, UTF-16 where its mark says so."""
    if head.startswith(_UTF16_MARKS):
        return "utf-16"
    try:
        head[: head.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _head_lines(head: bytes, encoding: str) -> list[str]:
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    return re.split(r"\r\n|\n|\r", text)


def split_line(line: str, delimiter: str) -> tuple[str, ...]:
    """The fields of one line, without quotes and spaces around them."""
    fields = next(csv.reader([line], delimiter=delimiter), [])
    return tuple(field.strip() for field in fields)


def _header_line(lines: list[str]) -> tuple[int, str]:
    """The line, and delimiter, with the most headers that we understand."""
    scores: Counter[tuple[int, str]] = Counter()
    for row, line in enumerate(lines[:HEADER_LINES]):
        for delimiter in _DELIMITERS:
            fields = split_line(line[: 64 * MAX_COLUMNS], delimiter)[: MAX_COLUMNS + 1]
            known = sum(is_time(field) or understand(field) is not None for field in fields)
            scores[row, delimiter] = known * 1_000 + min(len(fields), 999) - row
    (row, delimiter), _ = scores.most_common(1)[0]
    return row, delimiter


def _has_decimal_comma(lines: list[str], delimiter: str) -> bool:
    fields = [field for line in lines for field in split_line(line, delimiter)]
    return any(re.fullmatch(r"[+-]?[0-9]+,[0-9]+", field) for field in fields)
