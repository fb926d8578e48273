"""Numbers and seconds in sentences."""

from __future__ import annotations

import pytest

from aviation.common.wording import listed
from aviation.mlresults.wording import exact, figure, plural, second, sentence, span


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12.345, "m/s²", "12.3 m/s²"),
        (5.0, "°", "5°"),
        (0.5, "", "0.5"),
        (123.4, "mG", "123 mG"),
        (0.0123, "", "0.0123"),
        (99.96, "%", "100 %"),
        (1_710_773_350.3, "s", "1710773350 s"),
        (-0.0, "V", "0 V"),
        (-4.25, "m", "-4.25 m"),
    ],
)
def test_figure_has_three_digits_and_its_unit(value: float, unit: str, text: str) -> None:
    assert figure(value, unit) == text


def test_limit_keeps_all_its_digits() -> None:
    assert exact(4.905, "m/s²") == "4.905 m/s²"
    assert exact(30, "°") == "30°"


def test_second_is_told_to_a_tenth() -> None:
    assert second(93.23) == "93.2 s"


def test_span_of_one_moment_is_told_once() -> None:
    assert span(93.21, 93.23) == "at 93.2 s"
    assert span(11.74, 45.14) == "from 11.7 s to 45.1 s"


@pytest.mark.parametrize(("count", "text"), [(1, "1 check"), (0, "0 checks"), (3, "3 checks")])
def test_plural_follows_the_count(count: int, text: str) -> None:
    assert plural(count, "check") == text


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (list("abc"), "a, b and c")],
)
def test_words_are_listed_as_in_speech(words: list[str], text: str) -> None:
    assert listed(words) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("gps lost", "Gps lost."), ("Who knows?", "Who knows?"), ("  ", ""), ("Done.", "Done.")],
)
def test_sentence_begins_large_and_ends_with_a_stop(text: str, expected: str) -> None:
    assert sentence(text) == expected
