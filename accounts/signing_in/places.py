"""The country an address belongs to, from a file that the installation may bring."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import maxminddb
import structlog
from django.conf import settings

log = structlog.get_logger("dbx.accounts")


def country_of(address: str | None) -> str:
    """The country's English name; empty without a file, and for addresses it does not know."""
    if not address or not settings.GEOIP_FILE:
        return ""
    try:
        found: Any = _reader(settings.GEOIP_FILE).get(address)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        log.warning("country not found", cause=str(error))
        return ""
    return _country_in(found)


def place_in_words(address: str | None) -> str:
    """An address with its country, where one is known."""
    country = country_of(address)
    known = address or "an unknown address"
    return f"{known} ({country})" if country else known


def _country_in(found: Any) -> str:
    """MaxMind's files hold names by language; others a plain name."""
    country = found.get("country") if isinstance(found, dict) else None
    if isinstance(country, dict):
        names = country.get("names")
        country = names.get("en") if isinstance(names, dict) else country.get("iso_code")
    return country if isinstance(country, str) else ""


@lru_cache(maxsize=2)
def _reader(path: str) -> maxminddb.Reader:
    return maxminddb.open_database(path)
