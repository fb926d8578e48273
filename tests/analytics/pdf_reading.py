"""Reading back what stands in a PDF of ours."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\n(.*)\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"(BT) |/F(\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", re.DOTALL)
_MAPPED = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_FONTS = re.compile(rb"/F(\d+) (\d+) 0 R")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages_of(pdf: bytes) -> list[list[str]]:
    """What is written on each page, text by text in the order of drawing."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    fonts = _fonts(objects)
    contents = [
        int(found[1])
        for body in objects.values()
        if b"/Type /Page\n" in body + b"\n" and (found := re.search(rb"/Contents (\d+)", body))
    ]
    return [_texts(_unpacked(objects[number]), fonts) for number in contents]


def text_of(pdf: bytes) -> str:
    return "\n".join(text for page in pages_of(pdf) for text in page)


def described(pdf: bytes, name: str) -> str:
    """An entry of the document's information, such as ``Title``, or ``Lang``."""
    found = re.search(rb"/" + name.encode() + rb" (?:\(((?:\\.|[^\\)])*)\)|<([0-9a-f]+)>)", pdf)
    assert found is not None, f"there is no {name}"
    plain, in_hex = found.groups()
    return _bare(plain).decode() if plain else bytes.fromhex(in_hex.decode()).decode("utf-16")


def _fonts(objects: dict[int, bytes]) -> dict[bytes, dict[int, str]]:
    """By the font's name in the pages, what each code stands for."""
    resources = next(body for body in objects.values() if b"/Font <<" in body)
    return {
        name: _mapping(objects, objects[int(place)]) for name, place in _FONTS.findall(resources)
    }


def _mapping(objects: dict[int, bytes], font: bytes) -> dict[int, str]:
    found = re.search(rb"/ToUnicode (\d+)", font)
    assert found is not None, "a font without a way back to text"
    return {
        int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
        for code, text in _MAPPED.findall(_unpacked(objects[int(found[1])]))
    }


def _unpacked(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found is not None
    return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]


def _texts(content: bytes, fonts: dict[bytes, dict[int, str]]) -> list[str]:
    texts: list[str] = []
    font: dict[int, str] = {}
    for begin, name, shown in _SHOWN.findall(content):
        if begin:
            texts.append("")
        elif name:
            font = fonts[name]
        else:
            codes = _bare(shown)
            pairs = (int.from_bytes(codes[at : at + 2]) for at in range(0, len(codes), 2))
            texts[-1] += "".join(font[code] for code in pairs)
    return [text for text in texts if text]


def _bare(escaped: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda m: _ESCAPED.get(m[1], m[1]), escaped, flags=re.DOTALL)
