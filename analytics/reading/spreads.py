"""How durations and risks spread: percentiles over all flights of a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from accounts.models import Membership
from analytics.narrowing import WHOLE_FLEET, Narrowing
from analytics.periods import Period
from analytics.querysets import may_see_figures
from analytics.reading.aggregates import Percentiles, known, with_active_analysis
from aviation.flights.models import FlightSession

PERCENTILES = (0.50, 0.95, 0.99)
_SQL = (Path(__file__).parent / "sql" / "spreads.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Spread:
    """The 50th, 95th and 99th percentile of what is known; None where nothing is."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Spreads:
    duration_s: Spread
    risk: Spread


NOTHING = Spread(0, None, None, None)


def spreads(membership: Membership, period: Period, narrowing: Narrowing = WHOLE_FLEET) -> Spreads:
    """Of all flights of the period. One query, and another for a narrowing to a type."""
    if narrowing != WHOLE_FLEET:
        return _of_flights(membership, period, narrowing)
    if not may_see_figures(membership):
        return Spreads(NOTHING, NOTHING)
    values: dict[str, Any] = {"start": period.start, "end": period.end, "shares": list(PERCENTILES)}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, values)
        found = {measure: _spread(count, places) for measure, count, places in cursor.fetchall()}
    return Spreads(found.get("d", NOTHING), found.get("r", NOTHING))


def _of_flights(membership: Membership, period: Period, narrowing: Narrowing) -> Spreads:
    """From the flights one by one: the view keeps no aircraft apart."""
    start, end = period.moments
    flown = narrowing.applied(FlightSession.objects.visible_to(membership).flown())
    found = (
        with_active_analysis(flown)
        .filter(started_at__gte=start, started_at__lt=end)
        .order_by()
        .aggregate(
            timed=known("airborne_s"),
            durations=Percentiles("airborne_s", PERCENTILES),
            scored=known("active__risk_score"),
            risks=Percentiles("active__risk_score", PERCENTILES),
        )
    )
    return Spreads(
        _spread(found["timed"], found["durations"]), _spread(found["scored"], found["risks"])
    )


def _spread(count: int, values: Sequence[float] | None) -> Spread:
    return Spread(count, *(values or (None, None, None)))
