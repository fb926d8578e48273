"""Somebody lost phone and codes: taking the second step off their account.

It weakens the account for a while, so nobody does it for themselves, each is an event that names
both, and the person is told. An organization's administrator may not weaken an account that
another organization, or the platform, relies on.
"""

from __future__ import annotations

from django.db import transaction

from accounts.models import Membership, User
from accounts.roles import NEEDS_SECOND_STEP, Action, Resource
from accounts.second_step.notices import Notice, tell
from accounts.second_step.services import current_memberships, take_away
from accounts.sessions.ending import end_everything
from aviation.audit.events import record_event
from aviation.common.errors import Conflict, NotAllowed, NotFound


@transaction.atomic
def reset_for_member(membership: Membership, *, by: Membership) -> None:
    """An administrator resets another member of the same organization.

    Raises NotAllowed, NotFound (no current member of it) or Conflict (nothing to reset).
    """
    if not by.may(Action.CHANGE, Resource.MEMBER):
        raise NotAllowed("Only an administrator can reset a second step.")
    if membership.organization_id != by.organization_id or membership.ended_at is not None:
        raise NotFound("There is no such member.")
    if _others_rely_on(membership):
        raise NotAllowed("Only the platform's staff can reset this person's second step.")
    _reset(membership.user, by=by.user, reason="")


@transaction.atomic
def reset_by_platform_staff(person: User, *, by: User, reason: str) -> None:
    """Platform staff reset anybody else. Raises NotAllowed or Conflict (nothing to reset)."""
    if not by.is_staff:
        raise NotAllowed("Only platform staff can do this.")
    _reset(person, by=by, reason=reason)


def _others_rely_on(membership: Membership) -> bool:
    elsewhere = (
        each
        for each in current_memberships(membership.user)
        if each.organization_id != membership.organization_id
    )
    return membership.user.is_staff or any(each.role in NEEDS_SECOND_STEP for each in elsewhere)


def _reset(person: User, *, by: User, reason: str) -> None:
    if person.pk == by.pk:
        raise NotAllowed("Nobody resets their own second step. Ask another administrator.")
    if not take_away(person):
        raise Conflict("This person has no second step.")
    record_event(
        "second_step.reset",
        table_name="person",
        object_id=person.pk,
        reason=reason,
        details={"person": str(person.pk), "by": str(by.pk)},
    )
    end_everything(person, because="second_step_reset")
    tell(person, Notice.RESET)
