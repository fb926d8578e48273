"""Legal holds: what they cover is neither recycled nor deleted, by whatever policy.

What must never happen: something held that goes. Placing a hold and beginning to delete take the
same lock, so that one of them is first: a hold that stands keeps back what lies in the recycle
archive too, until deleting has begun.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Membership
from accounts.visits.current import member_on_record
from aviation.audit.events import record_attempt
from aviation.common.errors import Conflict, NotFound, Rejected
from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.tenants.context import require_organization, tenant_context
from aviation.tenants.models import Organization
from maintenance.retention.choices import HoldScope
from maintenance.retention.models import LegalHold
from maintenance.retention.policies import require_admin


@dataclass(frozen=True, slots=True)
class Held:
    """Everything the standing holds of an organization cover."""

    is_everything: bool
    aircraft: frozenset[uuid.UUID]
    flights: frozenset[uuid.UUID]

    def covers(self, flights: Iterable[uuid.UUID], aircraft: Iterable[uuid.UUID]) -> bool:
        return (
            self.is_everything
            or not self.flights.isdisjoint(flights)
            or not self.aircraft.isdisjoint(aircraft)
        )


def standing_holds(at: datetime) -> Held:
    """What is held in the bound organization. One query, inside a transaction.

    A hold on a flight does not hold the aircraft; one on an aircraft holds all of its flights.
    """
    holds = list(
        LegalHold.objects.filter(organization=require_organization().id)
        .standing(at)
        .values_list("scope", "object_id")
    )
    return Held(
        any(scope == HoldScope.ORGANIZATION for scope, _ in holds),
        frozenset(each for scope, each in holds if each and scope == HoldScope.AIRCRAFT),
        frozenset(each for scope, each in holds if each and scope == HoldScope.FLIGHT),
    )


@transaction.atomic
def place_hold(
    *,
    membership: Membership,
    scope: HoldScope,
    ground: str,
    object_id: uuid.UUID | None = None,
    until: date | None = None,
) -> LegalHold:
    """Hold something from now on. Raises NotAllowed, Rejected without a ground, NotFound."""
    require_admin(membership)
    if not ground.strip():
        raise Rejected("Say why: a hold needs its ground.")
    if until is not None and until < timezone.now().date():
        raise Rejected("The last day of a hold cannot be past.")
    name = _name_of(membership, scope, object_id)
    lock_holds()
    return LegalHold.objects.create(
        organization_id=membership.organization_id,
        scope=scope,
        object_id=None if scope == HoldScope.ORGANIZATION else object_id,
        object_name=name,
        ground=ground.strip(),
        placed_by=member_on_record(membership),
        placed_at=timezone.now(),
        until=until,
    )


@transaction.atomic
def lift_hold(*, membership: Membership, hold: LegalHold) -> LegalHold:
    """End it. What is past its time goes with the next run. Raises NotAllowed or Conflict."""
    require_admin(membership)
    found = LegalHold.objects.visible_to(membership).select_for_update(of=("self",))
    locked = found.get(pk=hold.pk)
    if locked.lifted_at is not None:
        raise Conflict("This hold was lifted before.")
    locked.lifted_at, locked.lifted_by = timezone.now(), member_on_record(membership)
    locked.save(update_fields=["lifted_at", "lifted_by"])
    return locked


def refuse_held_flight(flight: FlightSession) -> None:
    """Raise Conflict, with the ground, for a flight that a hold covers; the attempt is recorded.

    Called inside the transaction that is about to delete it.
    """
    lock_holds()
    covering = (
        LegalHold.objects.filter(organization=require_organization().id)
        .standing(timezone.now())
        .filter(
            Q(scope=HoldScope.ORGANIZATION)
            | Q(scope=HoldScope.FLIGHT, object_id=flight.pk)
            | Q(scope=HoldScope.AIRCRAFT, object_id=flight.aircraft_id)
        )
    )
    hold = covering.first()
    if hold is not None:
        record_attempt("retention.refused", table_name="flight", object_id=flight.pk,
                       reason=hold.ground)  # fmt: skip
        raise Conflict(f"A legal hold covers this flight: {hold.ground}", code="held")


def refuse_held_organization(organization: Organization) -> None:
    """Raise Conflict, with the ground, while any hold stands in the organization."""
    with tenant_context(organization), transaction.atomic():
        holds = LegalHold.objects.filter(organization=organization).standing(timezone.now())
        hold = holds.first()
    if hold is not None:
        raise Conflict(f"A legal hold stands in {organization.name}: {hold.ground}", code="held")


def lock_holds() -> None:
    """Until the transaction ends, nobody else places a hold or begins to delete here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s || '.retention.holds', 0))",
            [str(require_organization().id)],
        )


def _name_of(membership: Membership, scope: HoldScope, object_id: uuid.UUID | None) -> str:
    if scope == HoldScope.ORGANIZATION:
        return ""
    model: type[Aircraft | FlightSession] = (
        Aircraft if scope == HoldScope.AIRCRAFT else FlightSession
    )
    found = object_id and model.objects.visible_to(membership).filter(pk=object_id).first()
    if not found:
        raise NotFound("There is no such aircraft or flight.")
    return str(found)[:200]
