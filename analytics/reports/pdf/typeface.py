"""The typeface of the reports: Inter, which django-unfold ships for the admin (SIL Open Font
License). It has the Latin, Greek and Cyrillic scripts; what it lacks is written as ``?``.

It comes as WOFF2, which fontTools unpacks with the package brotli. pyarrow, which is here, brings
the same decompressor. Unpacked once, the font stays in the folder for what is made at run time.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import unicodedata
from functools import cache
from pathlib import Path

import pyarrow as pa
import unfold
from django.conf import settings
from fontTools.ttLib import TTFont, woff2

FAMILY = "Inter"
STYLES = {"": "Inter-Regular.woff2", "B": "Inter-SemiBold.woff2"}
UNKNOWN_CHARACTER = "?"
SHIPPED = Path(unfold.__file__).parent / "static" / "unfold" / "fonts" / "inter"


class _Brotli:
    """The one function of the package brotli that fontTools asks for."""

    @staticmethod
    def decompress(data: bytes) -> bytes:
        with pa.input_stream(pa.py_buffer(data), compression="brotli") as stream:
            unpacked: bytes = stream.read()
        return unpacked


if not woff2.haveBrotli:
    woff2.brotli, woff2.haveBrotli = _Brotli, True


@cache
def font_file(style: str) -> Path:
    """The font as TrueType; ``style`` is empty or B for bold."""
    shipped = SHIPPED / STYLES[style]
    digest = hashlib.sha256(shipped.read_bytes()).hexdigest()[:16]
    unpacked = Path(settings.VAR) / "fonts" / f"{shipped.stem}-{digest}.ttf"
    if not unpacked.exists():
        _unpack(shipped, unpacked)
    return unpacked


def written(text: str) -> str:
    """The text in characters that the font has, on one line."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(each if _is_known(each) else UNKNOWN_CHARACTER for each in composed)


def _is_known(character: str) -> bool:
    """The font counts some characters as its own that nothing is drawn for."""
    return character.isprintable() and ord(character) in _characters()


@cache
def _characters() -> frozenset[int]:
    """In all styles, so that a heading is written like the text below it."""
    return frozenset.intersection(*(_characters_in(font_file(style)) for style in STYLES))


def _characters_in(file: Path) -> frozenset[int]:
    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _unpack(shipped: Path, unpacked: Path) -> None:
    """Under a name of its own first: another process may be doing the same."""
    unpacked.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=unpacked.parent, suffix=".ttf")
    # With its own date: another each time would make another report of the same figures.
    with os.fdopen(handle, "wb") as file, TTFont(shipped, recalcTimestamp=False) as font:
        font.flavor = None
        font.save(file)
    Path(name).replace(unpacked)
