"""Which passwords may be chosen: long, not common, not breached, not made of names."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.signing_in.breached import is_breached
from accounts.signing_in.checks import breached_passwords_can_be_read, countries_can_be_read

WORDS = [f"breached password {n}" for n in range(1_000)]


def hash_of(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@pytest.fixture(params=["counts", "plain", "small letters", "no last line end", "windows"])
def list_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same list in the forms in which it is handed around."""
    chance = random.Random(7)
    hashes = sorted(map(hash_of, WORDS))
    if request.param in {"counts", "windows"}:
        hashes = [f"{each}:{chance.randrange(1, 10 ** chance.randrange(1, 8))}" for each in hashes]
    text = ("\r\n" if request.param == "windows" else "\n").join(hashes)
    text = text.lower() if request.param == "small letters" else text
    file = tmp_path / "breached.txt"
    file.write_bytes(text.encode() + (b"" if request.param == "no last line end" else b"\n"))
    return file


def refusals(password: str, **person: str) -> set[str]:
    try:
        validate_password(password, User(**person))
    except ValidationError as error:
        return {each.code for each in error.error_list}
    return set()


def test_every_password_of_the_list_is_found(list_file: Path) -> None:
    assert [word for word in WORDS if not is_breached(word, list_file)] == []


def test_no_other_password_is_found(list_file: Path) -> None:
    assert [n for n in range(2_000) if is_breached(f"another password {n}", list_file)] == []


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_short_lists_are_searched_to_their_ends(tmp_path: Path, count: int) -> None:
    file = tmp_path / "breached.txt"
    file.write_text("".join(f"{each}:3\n" for each in sorted(map(hash_of, WORDS[:count]))))
    assert [is_breached(word, file) for word in WORDS[:4]] == [n < count for n in range(4)]


def test_breached_password_is_refused(tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "breached.txt"
    file.write_text("\n".join(sorted(map(hash_of, WORDS))))
    assert refusals(WORDS[3]) == set()
    settings.BREACHED_PASSWORDS_FILE = str(file)
    assert refusals(WORDS[3]) == {"password_breached"}


def test_eleven_characters_are_too_few_and_twelve_of_one_kind_will_do() -> None:
    assert refusals("quietrunway") == {"password_too_short"}
    assert refusals("quietrunways") == set()


def test_common_password_is_refused() -> None:
    assert "password_too_common" in refusals("qwerty123456")


@pytest.mark.parametrize(
    "password",
    [
        "DBXAviation2026!",
        "dbx-dbx-dbx-1234",
        "AnnaLindberg1987",
        "lindberg!lindberg",
        "a.lindberg123",
    ],
)
def test_password_of_names_is_refused(password: str) -> None:
    person = {"full_name": "Anna Lindberg", "email": "a.lindberg@northsea.example"}
    assert "password_of_names" in refusals(password, **person)


@pytest.mark.parametrize("password", ["anna keeps seven herons", "aviation weather at dawn"])
def test_name_may_be_a_part_of_a_long_password(password: str) -> None:
    person = {"full_name": "Anna Lindberg", "email": "a.lindberg@northsea.example"}
    assert refusals(password, **person) == set()


def test_start_is_refused_when_the_list_is_missing(tmp_path: Path, settings: Any) -> None:
    settings.BREACHED_PASSWORDS_FILE = str(tmp_path / "nothing.txt")
    (error,) = breached_passwords_can_be_read()
    assert error.id == "accounts.E001"
    assert "DBX_BREACHED_PASSWORDS" in str(error.hint)


def test_start_is_refused_when_the_list_is_something_else(tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "passwords.txt"
    file.write_text("password\nletmein\n")
    settings.BREACHED_PASSWORDS_FILE = str(file)
    assert [error.id for error in breached_passwords_can_be_read()] == ["accounts.E002"]


def test_start_is_refused_when_the_countries_are_no_mmdb(tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "countries.mmdb"
    file.write_bytes(b"nothing of the kind")
    settings.GEOIP_FILE = str(file)
    assert [error.id for error in countries_can_be_read()] == ["accounts.E003"]


def test_start_asks_for_no_file_that_is_not_named(settings: Any) -> None:
    settings.BREACHED_PASSWORDS_FILE = settings.GEOIP_FILE = ""
    assert breached_passwords_can_be_read() + countries_can_be_read() == []
