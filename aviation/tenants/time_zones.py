"""Time zones an organization may keep its days in."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

OF_THE_MACHINE = frozenset({"localtime", "Factory"})
"""Names without a meaning of their own: another machine understands something else by them."""


@lru_cache(maxsize=1)
def known_time_zones() -> tuple[str, ...]:
    """All names of the IANA database, sorted."""
    return tuple(sorted(available_timezones() - OF_THE_MACHINE))


def require_time_zone(name: str) -> None:
    """Raise ValidationError unless it is the name of a time zone."""
    if name not in known_time_zones():
        raise ValidationError("Give a time zone by its full name, such as Europe/Zurich.")
