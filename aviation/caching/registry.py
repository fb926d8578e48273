"""Every name under which values are cached, on one screen.

The rows of CachePolicy say how each is kept; what stands here holds where a row is missing, and
says what no row may take away.
"""

from __future__ import annotations

from dataclasses import dataclass

from aviation.caching.choices import CacheKind, Invalidation

EVENT, MANUAL, TIME = Invalidation.EVENT, Invalidation.MANUAL, Invalidation.TIME
MINUTE_S, HOUR_S = 60, 3_600


@dataclass(frozen=True, slots=True)
class Registered:
    """A name, what is cached under it, and how it is kept unless its row says otherwise."""

    name: str
    what: str
    kind: CacheKind
    lifetime_s: int
    invalidation: frozenset[Invalidation]
    topics: tuple[str, ...] = ()
    """What its values are made from, as config/cached.py calls it. With topics the event is there
    to stay: without it people would not see their own changes."""


_REGISTERED = (
    Registered(
        "flight_analysis",
        "Analyses and findings: the API's answers, and the flight page's assessment",
        CacheKind.HYBRID,
        2 * HOUR_S,
        frozenset({EVENT, MANUAL}),
        ("analyses", "findings", "flights"),
    ),
    Registered(
        "aircraft_registry",
        "Aircraft: the API's answers",
        CacheKind.HYBRID,
        6 * HOUR_S,
        frozenset({EVENT, MANUAL}),
        ("aircraft",),
    ),
    Registered(
        "fleet_figures",
        "Figures about the fleet: the API's answers",
        CacheKind.HYBRID,
        HOUR_S,
        frozenset({EVENT, MANUAL}),
        (
            "figures",
            "wear_weights",
            "aircraft",
            "flights",
            "analyses",
            "findings",
            "organization",
        ),
    ),
    Registered(
        "sessions",
        "How many are signed in, as the platform's first page shows it; never whether one is",
        CacheKind.REDIS,
        30 * MINUTE_S,
        frozenset({TIME, MANUAL}),
    ),
    Registered(
        "rate_limits",
        "How many API calls a minute an organization has",
        CacheKind.MEMORY,
        MINUTE_S,
        frozenset({TIME, MANUAL}),
    ),
    Registered(
        "system_health",
        "Size and room of the installation, as the platform's first page shows them",
        CacheKind.REDIS,
        5 * MINUTE_S,
        frozenset({TIME, MANUAL}),
    ),
)
REGISTRY = {each.name: each for each in _REGISTERED}
