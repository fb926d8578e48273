"""Version 2 of the wear score for one aircraft, from its own flights, in one query.

It reads single flights with their checks, so it is made for an aircraft's page and not for a list.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from analytics.calculations.measures import MEASURES, closeness
from analytics.calculations.wear_drift import (
    HISTORY_DAYS,
    DriftScore,
    FlownFlight,
    drift_score,
    points_of,
)
from analytics.reading.wear import WearStanding

_SQL = (Path(__file__).parent / "sql" / "flown_flights.sql").read_text(encoding="utf-8")


def drift_of(standing: WearStanding, at: datetime) -> DriftScore:
    """The score at the moment ``at``, beside version 1 of the same moment (``wear_of``)."""
    figures = standing.aircraft.figures
    return drift_score(
        flown_flights(standing.aircraft.aircraft_id, at),
        today=figures.today,
        maintenance_on=figures.maintenance_on,
    )


def flown_flights(aircraft_id: uuid.UUID, at: datetime) -> list[FlownFlight]:
    """The aircraft's flights of the last 180 days, in the order flown."""
    parameters: dict[str, Any] = {
        "at": at,
        "aircraft_id": aircraft_id,
        "days": HISTORY_DAYS,
        "rules": list(MEASURES),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, parameters)
        names = [column.name for column in cursor.description or ()]
        return [_flight(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _flight(row: Mapping[str, Any]) -> FlownFlight:
    """A flight whose time in the air is unknown counts as none."""
    return FlownFlight(
        day=row["day"],
        hours=(row["airborne_s"] or 0.0) / 3_600,
        risk=row["risk_score"],
        finding_points=points_of((part, severity) for part, severity in _list(row["anomalies"])),
        closeness=_closest((*_list(row["passed"]), *_list(row["measures"]))),
    )


def _closest(measures: Iterable[list[Any]]) -> dict[str, float]:
    """Of each rule the closest a flight came to its limit."""
    closest: dict[str, float] = {}
    for rule_id, observed, limit, severity in measures:
        value = closeness(rule_id, _number(observed), _number(limit), severity)
        if value is not None:
            closest[rule_id] = max(value, closest.get(rule_id, 0.0))
    return closest


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _list(document: Any) -> list[Any]:
    """A JSON document as the connection hands it over, read or not; none is an empty list."""
    found: list[Any] = json.loads(document) if isinstance(document, str) else document or []
    return found
