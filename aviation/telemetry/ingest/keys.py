"""Finding objects that have the same key twice: nobody can tell which value is meant."""

from __future__ import annotations

import json
from typing import Any

_ODDLY_SPACED = (b"\t:", b"\n:", b"\r:")


class KeyTwice(ValueError):
    """An object has the same key twice."""


def may_have_a_key_twice(text: bytes | bytearray, kept: int) -> bool:
    """Whether there are more keys in the text than the ``kept`` that came out of it.

    Cheap, and never wrongly no: every key ends in a quote and a colon, with spaces between them
    that are looked for. Text in values may make it wrongly yes. One byte is found in no time, two
    take as long as a tenth of reading the text: they are looked for where the first is there.
    """
    spaced = text.count(b" :") if b" " in text else 0
    quoted = text.count(b'" :') if spaced else 0
    if quoted != spaced or text.count(b'":') + quoted != kept:
        return True
    return any(each[:1] in text and each in text for each in _ODDLY_SPACED)


def read_strictly(text: bytes | bytearray) -> Any:
    """JSON as Python reads it. Raises KeyTwice, another ValueError, or RecursionError."""
    return json.loads(text, object_pairs_hook=_single_keys)


def _single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise KeyTwice("An object has the same key twice.")
    return found
