"""How a key is written, and what is refused by its form alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from accounts.api_keys.authentication import find_key_caller
from accounts.api_keys.format import BASE62, PATTERN, PREFIX, KeyText, make, parse
from accounts.callers import CredentialRefused

INVENTED = 1_000_000
CHUNK = 100_000


def test_million_invented_keys_are_refused_without_a_query(
    db: None,
    django_assert_num_queries: Callable[[int], object],
) -> None:
    """A14"""
    refused = 0
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        for text in _invented_keys():
            try:
                find_key_caller(text, address="192.0.2.1")
            except CredentialRefused:
                refused += 1
    assert refused == INVENTED


def _invented_keys() -> Iterator[str]:
    alphabet = np.frombuffer(BASE62.encode(), np.uint8)
    random = np.random.default_rng(4)
    for _ in range(INVENTED // CHUNK):
        yield from _chunk(alphabet, random)


def _chunk(alphabet: NDArray[np.uint8], random: np.random.Generator) -> Iterator[str]:
    digits = alphabet[random.integers(0, 62, (CHUNK, 58), dtype=np.uint8)]
    keys = np.empty((CHUNK, 63), np.uint8)
    keys[:, :4] = np.frombuffer(PREFIX.encode(), np.uint8)
    keys[:, 4:16], keys[:, 16], keys[:, 17:] = digits[:, :12], ord("_"), digits[:, 12:]
    text = keys.tobytes().decode()
    return (text[at : at + 63] for at in range(0, len(text), 63))


def test_key_is_read_back_as_it_was_made() -> None:
    key = make()
    assert parse(str(key)) == key


def test_known_key_has_the_documented_form() -> None:
    """Holds the checksum to what it always was: keys in use must go on to verify."""
    assert str(KeyText("0" * 12, "A" * 40)) == f"dbx_{'0' * 12}_{'A' * 40}3QA0lB"


def test_secret_scanner_recognises_keys() -> None:
    assert all(re.fullmatch(PATTERN, str(make())) for _ in range(100))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text + "\n",
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text.replace("dbx_", "DBX_"),
        lambda text: text[:20] + ("a" if text[20] != "a" else "b") + text[21:],
        lambda text: text[:5] + ("a" if text[5] != "a" else "b") + text[6:],
        lambda text: text[:-1] + ("a" if text[-1] != "a" else "b"),
        lambda text: text[:30] + "٣" + text[31:],
        lambda text: "",
    ],
)
def test_altered_key_is_none(spoil: Callable[[str], str]) -> None:
    assert parse(spoil(str(make()))) is None


def test_secret_is_not_in_what_is_printed_of_a_key() -> None:
    key = make()
    assert key.secret not in repr(key)
