"""The list by the OWASP standard is whole, counts what it lists, and names files there are."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "asvs.md").read_text()
STATES = ("met", "partly", "not met", "not applicable")
REQUIREMENTS = {1: 70, 2: 183}
"""How many requirements version 5.0.0 has at each level; level 3 is not listed."""
_ROW = re.compile(r"^\| (\d+)\.(\d+)\.(\d+) \| (\d) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.M)
_CHAPTER = re.compile(r"^## V(\d+) .*?(?=^## |\Z)", re.M | re.S)
_SUMMARY = re.compile(r"^\| (V\d+|Level \d|All) \| ([\d |]+) \|$", re.M)
_FILE = re.compile(r"`([\w.-]+/[\w./-]+|[\w-]+\.(?:py|md|lock|toml|yml)|\.dockerignore)`")


class Row(NamedTuple):
    number: tuple[int, int, int]
    level: int
    topic: str
    state: str
    evidence: str


def read_rows(text: str) -> list[Row]:
    found = _ROW.findall(text)
    return [
        Row((int(a), int(b), int(c)), int(level), topic, state, evidence)
        for a, b, c, level, topic, state, evidence in found
    ]


ROWS = read_rows(TEXT)
CHAPTERS = {int(match[1]): read_rows(match[0]) for match in _CHAPTER.finditer(TEXT)}


def counts(rows: list[Row]) -> list[int]:
    by_state = Counter(row.state for row in rows)
    return [*(by_state[state] for state in STATES), len(rows)]


def test_every_line_of_a_list_is_a_row() -> None:
    assert len(re.findall(r"^\| \d", TEXT, re.M)) == len(ROWS)


def test_numbers_are_unique_and_in_order() -> None:
    numbers = [row.number for row in ROWS]
    assert numbers == sorted(set(numbers))


def test_rows_stand_in_their_chapters() -> None:
    assert list(CHAPTERS) == list(range(1, 18))
    for chapter, rows in CHAPTERS.items():
        assert {row.number[0] for row in rows} == {chapter}


@pytest.mark.parametrize("level", REQUIREMENTS)
def test_level_is_listed_whole(level: int) -> None:
    assert sum(row.level == level for row in ROWS) == REQUIREMENTS[level]
    assert {row.level for row in ROWS} == set(REQUIREMENTS)


def test_states_are_the_four_explained() -> None:
    assert {row.state for row in ROWS} == set(STATES)


def test_summary_counts_the_rows() -> None:
    summary = {
        name: [int(part) for part in rest.split("|")] for name, rest in _SUMMARY.findall(TEXT)
    }
    expected = {f"V{chapter}": counts(rows) for chapter, rows in CHAPTERS.items()}
    for level in REQUIREMENTS:
        expected[f"Level {level}"] = counts([row for row in ROWS if row.level == level])
    assert summary == expected | {"All": counts(ROWS)}


def test_files_named_are_there() -> None:
    named = _FILE.findall(TEXT)
    assert len(named) > len(ROWS) / 2
    assert sorted({name for name in named if not (ROOT / name).exists()}) == []


def test_reference_to_another_row_finds_it() -> None:
    numbers = {".".join(map(str, row.number)) for row in ROWS}
    referred = {name for row in ROWS for name in re.findall(r"\b\d+\.\d+\.\d+\b", row.evidence)}
    assert referred
    assert referred <= numbers
