"""Which flights passed near a place, judged by the points that were recorded.

A range of latitudes and longitudes finds the candidates by an index that costs next to nothing to
keep; the distance along the surface decides (docs/decisions/0007-places-by-brin.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from accounts.models import Membership
from aviation.telemetry.reading.bounded import answered_in_time
from aviation.telemetry.reading.places import EARTH_RADIUS_M, Circle
from aviation.telemetry.reading.sight import sight_sql
from aviation.telemetry.reading.span import Span

_SQL = (Path(__file__).parent / "sql" / "nearby.sql").read_text(encoding="utf-8")
_RANGE = "longitude >= %(west_{0})s::float8 AND longitude <= %(east_{0})s::float8"


@dataclass(frozen=True, slots=True)
class Passage:
    """A flight's nearest recorded point to the place."""

    flight_id: uuid.UUID
    started_at: datetime
    aircraft_id: uuid.UUID
    registration: str
    distance_m: float
    at: datetime


def passages(
    circle: Circle, span: Span, membership: Membership, *, limit: int
) -> tuple[list[Passage], bool]:
    """The ``limit`` nearest flights that the member sees, and whether these are all.

    Raises Rejected when finding them takes too long.
    """
    text, values = nearby_sql(circle, span, membership, limit=limit + 1)
    with answered_in_time(), connection.cursor() as cursor:
        cursor.execute(text, values)
        found = [Passage(*row) for row in cursor.fetchall()]
    return found[:limit], len(found) <= limit


def nearest_by_aircraft(found: Sequence[Passage]) -> list[Passage]:
    """Of each aircraft its nearest passage, nearest first, as ``found`` is."""
    first: dict[uuid.UUID, Passage] = {}
    for passage in found:
        first.setdefault(passage.aircraft_id, passage)
    return list(first.values())


def nearby_sql(
    circle: Circle, span: Span, membership: Membership, *, limit: int
) -> tuple[str, dict[str, Any]]:
    """The one query and its parameters."""
    south, north = circle.latitudes
    values: dict[str, Any] = {
        "earth_radius_m": EARTH_RADIUS_M,
        "latitude": circle.latitude,
        "longitude": circle.longitude,
        "radius_m": circle.radius_m,
        "south": south,
        "north": north,
        "start": span[0],
        "end": span[1],
        "limit": limit,
    }
    for number, (west, east) in enumerate(circle.longitudes):
        values |= {f"west_{number}": west, f"east_{number}": east}
    longitudes = " OR ".join(_RANGE.format(number) for number in range(len(circle.longitudes)))
    sight, sight_values = sight_sql("flight.id", membership)
    for number, value in enumerate(sight_values):
        sight = sight.replace("%s", f"%(sight_{number})s", 1)
        values[f"sight_{number}"] = value
    return _SQL.format(longitudes=longitudes, sight=sight), values
