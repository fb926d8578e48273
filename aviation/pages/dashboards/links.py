"""From a number to the flights behind it: the list narrowed to exactly those that were counted."""

from __future__ import annotations

from datetime import date
from typing import Protocol
from urllib.parse import urlencode

from django.urls import reverse

from aviation.pages.filters import ANOMALY


class Days(Protocol):
    """A period or a part of one."""

    @property
    def start(self) -> date: ...

    @property
    def last_day(self) -> date: ...


def flights_link(days: Days | None = None, **fields: object) -> str:
    """The counted flights of these days; ``fields`` are further ones of ``FlightFilter``."""
    query: dict[str, object] = {"counted": "yes"}
    if days is not None:
        query |= {"started_after": days.start, "started_before": days.last_day}
    return _list(query | fields)


def anomalies_link(
    days: Days, *, component: str = "", severity: str = ANOMALY, **fields: object
) -> str:
    """The flights with such findings; the list says how many findings there are."""
    about = {"component": component} if component else {}
    return flights_link(days, **about, severity=severity, **fields)


def airborne_link() -> str:
    return _list({"state": "in_progress"})


def _list(query: dict[str, object]) -> str:
    return f"{reverse('flight-list')}?{urlencode(query)}"
