"""The country of an address, by a file that the installation may bring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.signing_in.checks import countries_can_be_read
from accounts.signing_in.places import country_of, place_in_words

LOW, HIGH = "62.3.0.1", "198.51.100.7"


def text(value: str) -> bytes:
    return bytes([2 << 5 | len(value)]) + value.encode()


def number(value: int) -> bytes:
    return bytes([5 << 5 | 2]) + value.to_bytes(2, "big")


def mapping(values: dict[str, bytes]) -> bytes:
    pairs = b"".join(text(name) + value for name, value in values.items())
    return bytes([7 << 5 | len(values)]) + pairs


def mmdb(country: bytes) -> bytes:
    """A MaxMind file of one node: the lower half of all IPv4 addresses has this country."""
    nodes = 1
    tree = (nodes + 16).to_bytes(3, "big") + nodes.to_bytes(3, "big")
    facts = {
        "node_count": bytes([6 << 5 | 1, nodes]),
        "record_size": number(24),
        "ip_version": number(4),
        "database_type": text("Country"),
        "languages": bytes([1, 4]) + text("en"),
        "binary_format_major_version": number(2),
        "binary_format_minor_version": number(0),
        "build_epoch": bytes([1, 2, 1]),
        "description": mapping({"en": text("for tests")}),
    }
    data = mapping({"country": country})
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + mapping(facts)


@pytest.fixture(params=["names by language", "plain name"])
def countries(request: pytest.FixtureRequest, tmp_path: Path, settings: Any) -> None:
    plain = request.param == "plain name"
    name = text("Norway")
    country = name if plain else mapping({"iso_code": text("NO"), "names": mapping({"en": name})})
    file = tmp_path / "countries.mmdb"
    file.write_bytes(mmdb(country))
    settings.GEOIP_FILE = str(file)


def test_country_of_a_known_address(countries: None) -> None:
    assert countries_can_be_read() == []
    assert country_of(LOW) == "Norway"
    assert place_in_words(LOW) == f"{LOW} (Norway)"


@pytest.mark.parametrize("address", [HIGH, "", None, "2001:db8::1", "no address"])
def test_other_addresses_have_none(countries: None, address: str | None) -> None:
    assert country_of(address) == ""


def test_without_a_file_there_are_no_countries(settings: Any) -> None:
    settings.GEOIP_FILE = ""
    assert place_in_words(LOW) == LOW
    assert place_in_words("") == "an unknown address"


def test_file_that_went_missing_keeps_nobody_out(tmp_path: Path, settings: Any) -> None:
    settings.GEOIP_FILE = str(tmp_path / "gone.mmdb")
    assert country_of(LOW) == ""
