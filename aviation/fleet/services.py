"""Writes about aircraft: entering one into the register, changing it, taking it out."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.models import Membership
from accounts.roles import Action, Resource
from aviation.common.errors import Conflict, NotAllowed
from aviation.fleet.models import Aircraft


@transaction.atomic
def register_aircraft(*, membership: Membership, **details: Any) -> Aircraft:
    """Enter an aircraft into the register; ``details`` are fields of Aircraft.

    Raises ValidationError for bad values and Conflict for a registration that is taken.
    """
    _require(membership, Action.ADD)
    aircraft = Aircraft(**details)
    aircraft.full_clean()
    _save(aircraft, force_insert=True)
    return aircraft


@transaction.atomic
def change_aircraft(*, aircraft: Aircraft, membership: Membership, **changes: Any) -> Aircraft:
    """Change fields of an aircraft. Raises ValidationError or Conflict as on registering."""
    _require(membership, Action.CHANGE)
    locked = Aircraft.objects.visible_to(membership).select_for_update().get(pk=aircraft.pk)
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.full_clean()
    if changes:
        _save(locked, update_fields=list(changes))
    return locked


@transaction.atomic
def remove_aircraft(*, aircraft: Aircraft, membership: Membership) -> None:
    """Take an aircraft out that was entered by mistake. Raises Conflict when it has a history."""
    _require(membership, Action.DELETE)
    try:
        aircraft.delete()
    except ProtectedError:
        raise Conflict(
            f"{aircraft.registration} has flights or logs and stays in the register. "
            "Set its status to retired instead."
        ) from None


def _save(aircraft: Aircraft, **options: Any) -> None:
    """Save; of two people entering the same registration at once the second is told."""
    try:
        with transaction.atomic():
            aircraft.save(**options)
    except IntegrityError:
        raise Conflict("There is an aircraft with this registration already.") from None


def _require(membership: Membership, action: Action) -> None:
    if not membership.may(action, Resource.AIRCRAFT):
        raise NotAllowed(f"Your role, {membership.role_label}, does not permit this.")
