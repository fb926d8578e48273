"""Signing programs in, renewing their tokens, signing them out.

Each is called outside a transaction: what a refusal writes must stand although the call failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.callers import CredentialRefused
from accounts.models import Membership, TokenFamily, User
from accounts.second_step.services import second_step_is_due
from accounts.tokens.access import issue_access_token
from accounts.tokens.families import begin_family, record_family_event, revoke_family
from accounts.tokens.refreshing import (
    find_refresh_token,
    issue_refresh_token,
    note_reuse,
    use_refresh_token,
)
from aviation.common.errors import NotAllowed
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import acting_as


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a program is given; nobody can read it again."""

    access_token: str
    refresh_token: str
    refresh_expires_at: datetime
    membership: Membership


def sign_program_in(
    user: User, *, slug: str, device: str, address: str, now: datetime
) -> TokenPair:
    """Tokens for a person who has just proved who they are, for one of their organizations.

    Raises NotAllowed: they belong to no active organization with this code, or their role there
    needs a second step that they have not set up.
    """
    with acting_as(user.pk), transaction.atomic():
        membership = _membership(user, slug)
        if second_step_is_due(user, [membership]):
            raise NotAllowed(
                "Your role needs a second step. Set one up on the site first.",
                code="second_step_required",
            )
        family = begin_family(membership, device=device, address=address, now=now)
        record_family_event("token.issued", family, membership)
        return _issue(family, now)


def renew(presented: str, *, now: datetime) -> TokenPair:
    """New tokens for a refresh token, which is used up by it. Raises CredentialRefused."""
    try:
        with transaction.atomic():
            return _issue(use_refresh_token(presented, now=now), now)
    except CredentialRefused:
        note_reuse(presented, now=now)
        raise


def sign_program_out(presented: str) -> None:
    """End the refresh token's family. A token that is not known is over already."""
    token = find_refresh_token(presented)
    if token is not None:
        revoke_family(token.family, because="by_program")


def _membership(user: User, slug: str) -> Membership:
    """With the user as it was when the proof was checked."""
    found = (
        Membership.objects.current()
        .of_user(user.pk)
        .filter(organization__slug=slug, organization__status=OrganizationStatus.ACTIVE)
        .select_related("organization")
        .first()
    )
    if found is None:
        raise NotAllowed("You belong to no organization with this code.", code="no_organization")
    found.user = user
    return found


def _issue(family: TokenFamily, now: datetime) -> TokenPair:
    refresh_token, refresh_expires_at = issue_refresh_token(family, now=now)
    access_token = issue_access_token(family, now=now)
    return TokenPair(access_token, refresh_token, refresh_expires_at, family.membership)
