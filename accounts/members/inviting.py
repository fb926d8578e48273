"""Asking an e-mail address to become a member, asking again, and taking it back."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.mail import send_mail_later
from accounts.members.secrets import digest_of, new_secret
from accounts.members.services import lock_members, require, require_may_give
from accounts.models import Invitation, Membership
from accounts.roles import Action
from accounts.signing_in.attempts import Allowance, spend
from aviation.common.errors import Conflict

LIFETIME = timedelta(days=7)
MAILS = Allowance("invitation_mail", burst=50, refill_s=60)
"""For one organization: nobody makes a mail cannon of it."""


@transaction.atomic
def invite(*, actor: Membership, email: str, role: str, full_name: str = "") -> Invitation:
    """Mail a link that makes ``email`` a member. ``full_name`` is for the mail's first line.

    Raises NotAllowed, TooMany, or Conflict for a member or an address that is invited already.
    """
    require(actor, Action.ADD)
    require_may_give(actor, role)
    email = email.strip().lower()
    lock_members(actor.organization)
    _refuse_member(actor, email)
    _make_room(actor, email)
    secret = new_secret()
    invitation = Invitation(
        organization=actor.organization,
        email=email,
        role=role,
        invited_by=actor.user,
        secret_digest=digest_of(secret),
        expires_at=timezone.now() + LIFETIME,
    )
    invitation.clean_fields(exclude=["organization", "invited_by"])
    invitation.save(force_insert=True)
    _mail(actor, invitation, secret, full_name)
    return invitation


@transaction.atomic
def resend(*, actor: Membership, invitation: Invitation) -> Invitation:
    """Mail a new link for another 7 days; the old one no longer works. Raises as ``invite``."""
    require(actor, Action.ADD)
    invitation = _unsettled(actor, invitation)
    require_may_give(actor, invitation.role)
    _refuse_member(actor, invitation.email)
    secret = new_secret()
    invitation.secret_digest = digest_of(secret)
    invitation.expires_at = timezone.now() + LIFETIME
    invitation.invited_by = actor.user
    invitation.save(update_fields=["secret_digest", "expires_at", "invited_by"])
    _mail(actor, invitation, secret, "")
    return invitation


@transaction.atomic
def withdraw(*, actor: Membership, invitation: Invitation) -> Invitation:
    """Make the link worthless. Raises NotAllowed, or Conflict once it is settled."""
    require(actor, Action.CHANGE)
    invitation = _unsettled(actor, invitation)
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    return invitation


def _refuse_member(actor: Membership, email: str) -> None:
    members = Membership.objects.current().filter(organization=actor.organization)
    if members.filter(user__email=email).exists():
        raise Conflict(f"{email} belongs to {actor.organization.name} already.")


def _make_room(actor: Membership, email: str) -> None:
    """An invitation that ran out no longer stands in the way of a new one."""
    unsettled = Invitation.objects.filter(
        organization=actor.organization, email=email, accepted_at=None, withdrawn_at=None
    )
    if unsettled.filter(expires_at__gt=timezone.now()).exists():
        raise Conflict(f"{email} has an open invitation. You can send it again from the list.")
    unsettled.update(withdrawn_at=timezone.now())


def _unsettled(actor: Membership, invitation: Invitation) -> Invitation:
    mine = Invitation.objects.select_for_update().filter(organization=actor.organization)
    invitation = mine.get(pk=invitation.pk)
    if invitation.accepted_at is not None or invitation.withdrawn_at is not None:
        raise Conflict("This invitation was accepted or withdrawn already.")
    return invitation


def _mail(actor: Membership, invitation: Invitation, secret: str, full_name: str) -> None:
    spend(MAILS, str(actor.organization.pk))
    send_mail_later(
        to=invitation.email,
        template="invitation",
        context={
            "name": full_name,
            "organization": actor.organization.name,
            "role": Role(invitation.role).label,
            "invited_by": actor.user.get_full_name(),
            "link": f"{settings.BASE_URL}/invitation/{secret}/",
            "days": str(LIFETIME.days),
        },
    )
