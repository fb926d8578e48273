"""When the clock last looked after the figures of all organizations."""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache

from aviation.tenants.context import platform_context

ROUND_KEY = "figures-clock-round"
KEPT_S = 86_400


def note_round(at: datetime) -> None:
    with platform_context():  # of the installation, whoever is bound
        cache.set(ROUND_KEY, at, timeout=KEPT_S)


def last_round_at() -> datetime | None:
    """None when it was never there, or Redis is away and with it the clock's queue."""
    with platform_context():
        round_at: datetime | None = cache.get(ROUND_KEY)
    return round_at
