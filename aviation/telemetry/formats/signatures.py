"""What a file is, told from its first bytes and never from its name."""

from __future__ import annotations

import re

from aviation.telemetry.formats.errors import UnreadableLog
from aviation.telemetry.formats.ulog_reader import MAGIC as ULOG_MAGIC

HEAD_BYTES = 4_096

_DATAFLASH_FIRST = b"\xa3\x95\x80"
_DATAFLASH_FORMAT = b"\xa3\x95\x80\x80\x59FMT\0"
"""The message that declares the declarations: it opens every log, damage before it aside."""

_OTHERS = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an XZ archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{", "a JSON document"),
    (b"[", "a JSON document"),
    (b"<", "an XML or web page"),
    (b"FMT, 128", "an ArduPilot log as text; its .bin file can be read"),
)
_MAVLINK_MARKS = (0xFE, 0xFD)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def detect(head: bytes) -> str | None:
    """``ulog``, ``dataflash`` or ``csv`` from a file's first bytes; None for anything else."""
    if head.startswith(ULOG_MAGIC):
        return "ulog"
    if head.startswith(_DATAFLASH_FIRST) or _DATAFLASH_FORMAT in head:
        return "dataflash"
    return "csv" if _is_table(head) else None


def _is_table(head: bytes) -> bool:
    """Whether it is text with a delimiter, and none of the other kinds of text."""
    if head.startswith(_UTF16_MARKS):
        return any(mark in head for mark in (b",", b";", b"\t"))
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text or _CONTROL.search(head) or any(text.startswith(mark) for mark, _ in _OTHERS):
        return False
    return any(mark in text for mark in (b",", b";", b"\t", b"\n"))


def not_a_log(head: bytes) -> UnreadableLog:
    """The error that says what a file looks like instead."""
    text = "This is not a flight log we can read"
    looks_like = _looks_like(head)
    return UnreadableLog(
        "not_a_log", f"{text}: it looks like {looks_like}." if looks_like else f"{text}."
    )


def _looks_like(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, words in _OTHERS:
        if head.startswith(mark) or start.startswith(mark):
            return words
    if len(head) > 8 and head[8] in _MAVLINK_MARKS:
        return "a MAVLink telemetry log (.tlog)"
    if not head.strip(b"\0"):
        return "a file of zeros"
    return "" if _CONTROL.search(head) else "plain text"
