"""Asking for the summary by mail, and no longer asking for it.

Whoever begins to get it gets the next one that becomes due, and none of the past.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from accounts.roles import Action, Resource
from accounts.visits.current import member_on_record
from analytics.calculations.rhythms import latest_due
from analytics.choices import Rhythm
from analytics.models import SummarySubscription
from analytics.querysets import may_see_figures
from aviation.common.errors import NotAllowed, Rejected


@transaction.atomic
def subscribe(
    *, actor: Membership, member: Membership, rhythm: str, at: datetime
) -> SummarySubscription:
    """Send the member the summary from now on; asked again, nothing changes.

    Raises NotAllowed for members who may not see the figures and for actors who may not decide for
    others, and Rejected for a rhythm that is none.
    """
    _require(actor, member)
    if rhythm not in Rhythm.values:
        raise Rejected("Choose weekly or monthly.")
    if not may_see_figures(member):
        raise NotAllowed(f"{member} may not see these figures: {member.role_label.lower()}.")
    past = latest_due(rhythm, at, member.organization.zone).start
    fresh = {"is_active": True, "last_sent_for": past, "claimed_for": None, "refusals": 0}
    subscription, is_new = SummarySubscription.objects.select_for_update().get_or_create(
        member=member, rhythm=rhythm, defaults=fresh
    )
    if not is_new and not subscription.is_active:
        _save(subscription, **fresh)
    return subscription


@transaction.atomic
def unsubscribe(*, actor: Membership, subscription: SummarySubscription) -> None:
    """Send it no longer; the row stays, and tells what was sent. Raises NotAllowed."""
    _require(actor, subscription.member)
    _save(subscription, is_active=False)


@transaction.atomic
def send_left_over(*, actor: Membership, subscription: SummarySubscription) -> None:
    """Have the summary that was taken up and not noted as sent go out with the next round.

    Raises NotAllowed, or Rejected where nothing is left over.
    """
    _require(actor, subscription.member)
    if not subscription.is_left_over:
        raise Rejected("Nothing was left unsent.")
    _save(subscription, claimed_for=None, refusals=0)


def _require(actor: Membership, member: Membership) -> None:
    """For oneself by seeing the figures; for others by changing what is done with them."""
    is_own = actor.pk is not None and actor.pk == member.pk
    if actor.may(Action.CHANGE, Resource.ANALYTICS) or (is_own and may_see_figures(actor)):
        return
    member_on_record(actor)
    raise NotAllowed(f"Your role, {actor.role_label}, does not permit this.")


def _save(subscription: SummarySubscription, **changes: object) -> None:
    for name, value in changes.items():
        setattr(subscription, name, value)
    subscription.save(update_fields=list(changes))
