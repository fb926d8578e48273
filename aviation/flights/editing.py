"""Changing what a person entered about a flight."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.models import Membership
from accounts.roles import Action
from aviation.common.errors import Conflict
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightSession
from aviation.flights.services import lock_flight, require

ALWAYS = frozenset({"notes", "pilot"})
WHILE_PLANNED = frozenset({"aircraft", "started_at"})


@transaction.atomic
def change_flight(
    *, flight: FlightSession, membership: Membership, **changes: Any
) -> FlightSession:
    """Change notes and pilot at any time, aircraft and start only while the flight is planned.

    Raises Conflict when a flight that has begun would get another aircraft or start.
    """
    require(membership, Action.CHANGE)
    if unknown := set(changes) - ALWAYS - WHILE_PLANNED:
        raise TypeError(f"Not a person's to change: {', '.join(sorted(unknown))}.")
    locked = lock_flight(flight, membership)
    if locked.state != FlightState.PLANNED and WHILE_PLANNED & set(changes):
        raise Conflict("Aircraft and start can be changed only while the flight is planned.")
    for name, value in changes.items():
        setattr(locked, name, value)
    if changes:
        locked.save(update_fields=list(changes))
    return locked
