"""Files that the settings name must be there when the product starts, not when they are needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import maxminddb
from django.conf import settings
from django.core import checks

from accounts.signing_in.breached import HASH_CHARACTERS

_HASH_LINE = re.compile(rb"[0-9A-Fa-f]{%d}(:\d+)?\s*" % HASH_CHARACTERS)
_LONGEST_LINE = 100


@checks.register(checks.Tags.security)
def breached_passwords_can_be_read(**_: Any) -> list[checks.CheckMessage]:
    """accounts.E001 and E002: the file of breached passwords is one."""
    name = settings.BREACHED_PASSWORDS_FILE
    if not name:
        return []
    hint = "DBX_BREACHED_PASSWORDS names it; without the variable the check is left out."
    try:
        with Path(name).open("rb") as file:
            first = file.readline(_LONGEST_LINE)
    except OSError as error:
        message = f"The file of breached passwords cannot be read: {error.strerror}."
        return [checks.Error(message, hint=hint, id="accounts.E001")]
    if _HASH_LINE.fullmatch(first):
        return []
    message = "The file of breached passwords does not begin with a SHA-1 in hexadecimal."
    return [checks.Error(message, hint=hint, id="accounts.E002")]


@checks.register(checks.Tags.security)
def countries_can_be_read(**_: Any) -> list[checks.CheckMessage]:
    """accounts.E003: the file of countries is an MMDB."""
    if not settings.GEOIP_FILE:
        return []
    try:
        maxminddb.open_database(settings.GEOIP_FILE).close()
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        hint = "DBX_GEOIP_FILE names it; without the variable no country is shown."
        message = f"The file of countries cannot be read: {error}."
        return [checks.Error(message, hint=hint, id="accounts.E003")]
    return []
