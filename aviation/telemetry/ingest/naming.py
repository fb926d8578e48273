"""Which flights and aircraft a batch names, looked up all at once."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Q

from accounts.models import Membership
from aviation.common.errors import TooLarge
from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.telemetry.ingest.bounds import LONGEST_NAME, MAX_FLIGHTS

Found = dict[str, Any]
"""Flights or aircraft by what they were called."""


@dataclass(frozen=True, slots=True)
class Named:
    """A flight or an aircraft, and the points that name it."""

    thing: Any
    points: pa.Table

    @property
    def order(self) -> tuple[uuid.UUID, str]:
        """By aircraft, whatever was named."""
        aircraft_id = getattr(self.thing, "aircraft_id", None) or self.thing.pk
        return aircraft_id, str(self.thing.pk)


@dataclass(slots=True)
class Names:
    found: list[Named] = field(default_factory=list)
    nowhere: list[tuple[pa.Table, str]] = field(default_factory=list)
    """Points, and why nothing is found for them."""


def named_in(points: pa.Table, membership: Membership) -> Names:
    """Every flight and aircraft in sight that the points name; a flight's name goes first."""
    names = Names()
    for column, find, missing in (
        ("flight", find_flights, "There is no such flight."),
        ("aircraft", find_aircraft, "There is no such aircraft."),
    ):
        if column in points.column_names:
            is_named = points[column].is_valid()
            _look_up(points.filter(is_named), column, find, missing, membership, names)
            points = points.filter(pc.invert(is_named))
    if points.num_rows:
        names.nowhere.append((points, "It names neither a flight nor an aircraft."))
    names.found.sort(key=lambda named: named.order)
    return names


def _look_up(
    points: pa.Table, column: str, find: Any, missing: str, membership: Membership, names: Names
) -> None:
    texts = pc.unique(points[column]).to_pylist()
    if len(texts) > MAX_FLIGHTS:
        raise TooLarge(f"One batch may name at most {MAX_FLIGHTS} flights or aircraft.")
    found = find(texts, membership)
    by_thing = defaultdict(list)
    for text in texts:
        by_thing[found.get(text)].append(text)
    for thing, spellings in by_thing.items():
        own = points
        if len(by_thing) > 1:
            own = points.filter(pc.is_in(points[column], pa.array(spellings, pa.string())))
        if thing is None:
            names.nowhere.append((own, missing))
        else:
            names.found.append(Named(thing, own))


def find_flights(texts: list[str], membership: Membership) -> Found:
    keys = _keys(texts)
    visible = FlightSession.objects.visible_to(membership).filter(pk__in=keys.values())
    with_streams = visible.select_related("stream")
    by_key = {flight.pk: flight for flight in with_streams} if keys else {}
    return {text: by_key[key] for text, key in keys.items() if key in by_key}


def find_aircraft(texts: list[str], membership: Membership) -> Found:
    """By id or registration."""
    keys = _keys(texts)
    words = [text for text in texts if text not in keys and _is_name(text)]
    visible = Aircraft.objects.visible_to(membership)
    found = visible.filter(Q(pk__in=keys.values()) | Q(registration__in=words))
    by_name: dict[Any, Aircraft] = {}
    for aircraft in found if keys or words else ():
        by_name |= {aircraft.pk: aircraft, aircraft.registration: aircraft}
    wanted = {text: keys.get(text, text) for text in texts}
    return {text: by_name[name] for text, name in wanted.items() if name in by_name}


def _keys(texts: list[str]) -> dict[str, uuid.UUID]:
    return {text: key for text in texts if (key := _as_uuid(text)) is not None}


def _is_name(text: str) -> bool:
    return len(text) <= LONGEST_NAME and "\x00" not in text


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
