"""Where each aircraft was last, for the live map and the API.

The answer is remembered for a second, per organization and per pilot: however many watch, the
database is asked once. Ages are counted from the asker's own moment.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import connection

from accounts.models import Membership
from accounts.roles import SEES_OWN_FLIGHTS_ONLY
from aviation.telemetry.reading.sight import sight_sql

REMEMBERED_S = 1
LIVE = timedelta(seconds=60)
"""An open stream that was silent for longer is no longer live."""
_SQL = (Path(__file__).parent / "sql" / "latest_positions.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Position:
    """The last known position of an aircraft; what it did not tell is None."""

    aircraft_id: uuid.UUID
    registration: str
    name: str
    aircraft_type: str
    flight_id: uuid.UUID
    at: datetime
    latitude: float
    longitude: float
    altitude_m: float | None
    height_m: float | None
    ground_speed_ms: float | None
    heading_deg: float | None
    """0 to 360, from north by east."""
    battery_percentage: float | None
    battery_voltage_v: float | None
    age_s: float
    is_live: bool


def latest_positions(membership: Membership, now: datetime) -> list[Position]:
    """The newest position of each aircraft from the flights that the member sees.

    Aircraft that never told a position are left out. The organization must be bound.
    """
    if membership.ended_at is not None:
        return []
    return [_position(row, now) for row in _remembered(membership)]


def _remembered(membership: Membership) -> Sequence[Sequence[Any]]:
    key = positions_key(membership)
    rows: Sequence[Sequence[Any]] | None = cache.get(key)
    if rows is None:
        rows = read_rows(membership)
        cache.set(key, rows, REMEMBERED_S)
    return rows


def positions_key(membership: Membership) -> str:
    """One answer for all who see every flight, one for each who does not."""
    sees_own_only = membership.role in SEES_OWN_FLIGHTS_ONLY
    return f"latest-positions:{membership.pk if sees_own_only else 'all'}"


def read_rows(membership: Membership) -> Sequence[Sequence[Any]]:
    text, values = positions_sql(membership)
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        rows: Sequence[Sequence[Any]] = cursor.fetchall()
    return rows


def positions_sql(membership: Membership) -> tuple[str, list[Any]]:
    """The one query and its parameters."""
    stream_sight, stream_values = sight_sql("each.session_id", membership)
    log_sight, log_values = sight_sql("flight.id", membership)
    text = _SQL.format(stream_sight=stream_sight, log_sight=log_sight)
    return text, [*stream_values, *log_values]


def _position(row: Sequence[Any], now: datetime) -> Position:
    known = dict(zip(_TOLD, row, strict=True))
    heard_at, heading = known.pop("heard_at"), known["heading_deg"]
    known["heading_deg"] = None if heading is None else heading % 360
    age_s = max(0.0, round((now - known["at"]).total_seconds(), 1))
    return Position(**known, age_s=age_s, is_live=heard_at is not None and now - heard_at <= LIVE)


_TOLD = (*(field.name for field in fields(Position)[:-2]), "heard_at")
"""The query's columns; the last one is when an open stream sent last."""
