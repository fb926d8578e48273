"""Writes about flights: the life cycle planned → in progress → completed or aborted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership
from accounts.roles import Action, Resource
from accounts.visits.current import member_on_record
from aviation.common.errors import Conflict, NotAllowed, Rejected
from aviation.fleet.models import Aircraft
from aviation.flights.choices import FlightClock, FlightState
from aviation.flights.models import FlightSession
from aviation.flights.signals import flight_ended


@transaction.atomic
def plan_flight(
    *,
    aircraft: Aircraft,
    started_at: datetime,
    membership: Membership,
    pilot: Membership | None = None,
    notes: str = "",
) -> FlightSession:
    """Put a flight into the plan. A pilot plans own flights; others name the pilot."""
    require(membership, Action.ADD)
    flight = FlightSession(
        aircraft=aircraft,
        pilot=pilot or member_on_record(membership),
        started_at=started_at,
        notes=notes,
        clock_source=FlightClock.MANUAL,
    )
    flight.full_clean(exclude=["aircraft", "pilot"])
    flight.save(force_insert=True)
    return flight


def start_flight(
    *, flight: FlightSession, membership: Membership, at: datetime | None = None
) -> FlightSession:
    """The aircraft departs. Only a planned flight can start."""
    moment = at or timezone.now()
    return _move(
        flight, membership, FlightState.PLANNED, FlightState.IN_PROGRESS, started_at=moment
    )


def complete_flight(
    *, flight: FlightSession, membership: Membership, at: datetime | None = None
) -> FlightSession:
    """The flight has ended as it should. Only a flight in progress can complete."""
    moment = at or timezone.now()
    return _move(
        flight, membership, FlightState.IN_PROGRESS, FlightState.COMPLETED, ended_at=moment
    )


def abort_flight(
    *, flight: FlightSession, membership: Membership, at: datetime | None = None
) -> FlightSession:
    """The flight was broken off, in the air or before it began."""
    moment = at or timezone.now()
    current = flight.state
    if current == FlightState.PLANNED:
        return _move(
            flight,
            membership,
            FlightState.PLANNED,
            FlightState.ABORTED,
            ended_at=max(moment, flight.started_at),
            has_flight=False,
        )
    return _move(flight, membership, FlightState.IN_PROGRESS, FlightState.ABORTED, ended_at=moment)


@transaction.atomic
def _move(
    flight: FlightSession,
    membership: Membership,
    before: FlightState,
    after: FlightState,
    **changes: object,
) -> FlightSession:
    """Change the state under a row lock, so that two presses of a button make one change."""
    require(membership, Action.CHANGE)
    locked = lock_flight(flight, membership)
    if locked.state != before:
        raise Conflict(
            f"The flight is {locked.get_state_display().lower()}; "
            f"only one that is {before.label.lower()} can become {after.label.lower()}."
        )
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.state = after
    if locked.ended_at is not None and locked.ended_at < locked.started_at:
        raise Rejected("A flight cannot end before it starts.")
    locked.save(update_fields=["state", *changes])
    if locked.ended_at is not None:
        flight_ended.send(sender=FlightSession, flight=locked)
    return locked


def lock_flight(flight: FlightSession, membership: Membership) -> FlightSession:
    """The flight as it now stands, nobody else's to change until the transaction ends."""
    # Locked alone: its nullable pilot would put the outer side of a join under the lock.
    visible = FlightSession.objects.visible_to(membership)
    return visible.select_for_update(of=("self",)).get(pk=flight.pk)


def require(membership: Membership, action: Action, resource: Resource = Resource.FLIGHT) -> None:
    """Raise NotAllowed unless the member's role permits the act."""
    if not membership.may(action, resource):
        raise NotAllowed(f"Your role, {membership.role_label}, does not permit this.")
