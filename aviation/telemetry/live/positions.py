"""Where every aircraft was heard last, and the way it came.

Each answer is read once and kept for about a second for everybody of the organization who may see
the same: a hundred people who watch the map cost the database one query a second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.core.cache import cache
from django.db import connection
from django.db.models import F, QuerySet

from accounts.models import Membership
from accounts.roles import SEES_OWN_FLIGHTS_ONLY
from aviation.flights.models import FlightSession
from aviation.telemetry.models import StreamedFlight

LATELY = timedelta(minutes=30)
"""Who was heard within this much stands on the map."""
TRAIL = timedelta(minutes=5)
TRAIL_STEP_S = 2
MOST_AIRCRAFT = 500
STALE_S, LOST_S = 10, 60
POSITIONS_FRESH_S, TRAILS_FRESH_S = 0.9, 2.0
KEPT_S = 30
"""How long an answer may be given while somebody is reading a newer one."""
MAKING_S = 3
CHANNELS = (
    "latitude",
    "longitude",
    "altitude_m",
    "height_m",
    "ground_speed_ms",
    "yaw_deg",
    "battery_percentage",
    "battery_voltage_v",
)
Rows = Any

_TRAILS = """
SELECT DISTINCT ON (stream.session_id, step) stream.session_id,
    date_part('epoch', point."timestamp") AS at, point.latitude, point.longitude,
    floor(date_part('epoch', point."timestamp") / %(step_s)s) AS step
FROM telemetry_streamedflight AS stream
JOIN telemetry_point AS point ON point.session_id = stream.session_id
    AND point."timestamp" > stream.last_point_at - %(trail)s
    AND point."timestamp" <= stream.last_point_at
WHERE stream.session_id = ANY(%(flights)s)
    AND point."timestamp" > %(earliest)s AND point."timestamp" <= %(latest)s
    AND point.latitude IS NOT NULL AND point.longitude IS NOT NULL
ORDER BY stream.session_id, step, point."timestamp"
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer as it was read at a moment; ``etag`` changes when ``rows`` do."""

    rows: Rows
    etag: str
    read_at: datetime


def read_positions(membership: Membership, now: datetime) -> list[dict[str, Any]]:
    """The newest flight of each aircraft heard lately, by registration. One query.

    ``at`` and ``heard`` are Unix seconds: when the newest point was measured, and when it came.
    """
    latest = (
        _in_sight(membership)
        .filter(last_received_at__gt=now - LATELY)
        .order_by("-last_received_at")
        .values(
            "last_point_at",
            "last_received_at",
            *CHANNELS,
            flight=F("session_id"),
            key=F("aircraft_id"),
            label=F("aircraft__registration"),
            name=F("aircraft__name"),
        )
    )
    newest: dict[Any, dict[str, Any]] = {}
    for row in latest[:MOST_AIRCRAFT]:
        newest.setdefault(row["key"], row)
    return sorted(map(_as_sent, newest.values()), key=lambda row: str(row["label"]))


def read_trails(membership: Membership, now: datetime) -> dict[str, list[list[float]]]:
    """``[Unix seconds, latitude, longitude]`` of each aircraft's last minutes, by flight."""
    flights = [row["flight"] for row in read_positions(membership, now)]
    parameters: dict[str, Any] = {
        "flights": flights,
        "trail": TRAIL,
        "step_s": TRAIL_STEP_S,
        "earliest": now - LATELY - TRAIL,
        "latest": now + timedelta(minutes=10),
    }
    trails: dict[str, list[list[float]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TRAILS, parameters)
        for flight, at, latitude, longitude, _step in cursor:
            trails.setdefault(str(flight), []).append([at, latitude, longitude])
    return trails


def positions(membership: Membership, now: datetime) -> Reading:
    return _kept("positions", POSITIONS_FRESH_S, read_positions, membership, now)


def trails(membership: Membership, now: datetime) -> Reading:
    return _kept("trails", TRAILS_FRESH_S, read_trails, membership, now)


def age_s(row: dict[str, Any], now: datetime) -> float:
    """How old a position is: a point that was long on its way is no fresh one."""
    return max(0.0, now.timestamp() - min(float(row["at"]), float(row["heard"])))


def _kept(
    what: str,
    fresh_s: float,
    read: Callable[[Membership, datetime], Rows],
    membership: Membership,
    now: datetime,
) -> Reading:
    """What is kept while it is fresh; while one request reads anew the others get the old one."""
    key = f"live {what} {_sight(membership)}"
    kept: Reading | None = cache.get(key)
    if kept is not None and _is_within(kept, now, fresh_s):
        return kept
    is_ours = bool(cache.add(f"{key} making", 1, timeout=MAKING_S))
    if kept is not None and not is_ours and _is_within(kept, now, MAKING_S):
        return kept
    rows = read(membership, now)
    made = Reading(rows, hashlib.sha256(orjson.dumps(rows)).hexdigest()[:32], now)
    cache.set(key, made, KEPT_S)
    cache.delete(f"{key} making")
    return made


def _in_sight(membership: Membership) -> QuerySet[StreamedFlight]:
    visible = FlightSession.objects.visible_to(membership).order_by()
    streams = StreamedFlight.objects.all()
    # Who sees every flight need not be asked of each of them.
    return streams.filter(session__in=visible) if visible.query.where else streams


def _sight(membership: Membership) -> str:
    """Who sees the same. The cache itself keeps organizations apart."""
    return str(membership.pk) if membership.role in SEES_OWN_FLIGHTS_ONLY else "fleet"


def _is_within(kept: Reading, now: datetime, seconds: float) -> bool:
    return abs((now - kept.read_at).total_seconds()) < seconds


def _as_sent(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": str(row["key"]),
        "flight": str(row["flight"]),
        "label": row["label"],
        "name": row["name"],
        "at": row["last_point_at"].timestamp(),
        "heard": row["last_received_at"].timestamp(),
        **{name: row[name] for name in CHANNELS},
    }
