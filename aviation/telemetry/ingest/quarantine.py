"""Keeping refused points, so that a sender's mistake can be mended and its points let in."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from accounts.models import Membership
from aviation.flights.models import FlightSession
from aviation.telemetry.ingest.batch import Refused
from aviation.telemetry.ingest.bounds import MAX_FIELDS, MAX_REJECTIONS_KEPT
from aviation.telemetry.ingest.naming import find_aircraft, find_flights
from aviation.telemetry.models import QuarantinedPoint

LONGEST_TEXT = 500
MOST_CHARACTERS = 8_000
SHORTENED = "…"
"""Stands where something was left out. As it is no field, such a point can't be let in."""


def keep(
    refused: Sequence[Refused],
    *,
    membership: Membership,
    flight: FlightSession | None = None,
    flying: Mapping[uuid.UUID, uuid.UUID] | None = None,
) -> int:
    """Store the first MAX_REJECTIONS_KEPT of them; answers how many were stored.

    ``flight`` is the one whose address they were sent to. ``flying`` says, by aircraft, to which
    flight the rest of the batch went.
    """
    if not refused:
        return 0
    rows = [
        QuarantinedPoint(
            session=flight,
            position=each.position,
            code=each.code,
            detail=each.detail[:300],
            point=storable({} if each.point is None else each.point),
        )
        for each in refused[:MAX_REJECTIONS_KEPT]
    ]
    _name_subjects(rows, membership, {} if flight else flying or {})
    QuarantinedPoint.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _name_subjects(
    rows: Sequence[QuarantinedPoint],
    membership: Membership,
    flying: Mapping[uuid.UUID, uuid.UUID],
) -> None:
    """Set the flight and aircraft that each point names, as far as the sender may see them."""
    aircraft = find_aircraft(_texts(rows, "aircraft"), membership)
    flights = find_flights(_texts(rows, "flight"), membership)
    for row in rows:
        row.aircraft = aircraft.get(_text(row, "aircraft"))
        if row.session_id is None:
            row.session = flights.get(_text(row, "flight"))
        if row.session_id is None and row.aircraft_id is not None:
            row.session_id = flying.get(row.aircraft_id)


def _texts(rows: Sequence[QuarantinedPoint], name: str) -> list[str]:
    return sorted({text for row in rows if (text := _text(row, name))})


def _text(row: QuarantinedPoint, name: str) -> str:
    text = row.point.get(name) if isinstance(row.point, dict) else None
    return text if isinstance(text, str) else ""


def storable(value: Any) -> Any:
    """What was sent, as JSON can hold it: odd numbers as text, huge things cut short."""
    kept = _storable(value, depth=0)
    if len(json.dumps(kept)) <= MOST_CHARACTERS:
        return kept
    return {SHORTENED: json.dumps(kept)[:LONGEST_TEXT]}


def _storable(value: Any, depth: int) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 2**63 else "a huge number"
    if isinstance(value, str):
        return _text_of(value)
    if isinstance(value, dict | list):
        return _container(value, depth)
    return value


def _text_of(value: str) -> str:
    """Without what PostgreSQL's JSON refuses: the zero character, and halves of characters."""
    whole = value[:LONGEST_TEXT].replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return whole.encode(errors="replace").decode()


def _container(value: dict[Any, Any] | list[Any], depth: int) -> Any:
    if depth > 1:
        return SHORTENED
    if isinstance(value, list):
        shown = [_storable(each, depth + 1) for each in value[:MAX_FIELDS]]
        return [*shown, SHORTENED] if len(value) > MAX_FIELDS else shown
    pairs = [pair for pair in value.items() if pair[1] is not None]
    kept = {_text_of(str(name)): _storable(each, depth + 1) for name, each in pairs[:MAX_FIELDS]}
    return kept | {SHORTENED: ""} if len(pairs) > MAX_FIELDS else kept
