"""Whether what a token says still holds: read from the database, remembered for a second.

So a program that calls all the time costs a query a second, and whatever ends its right to call
(the person, the membership, the organization, the family) acts within that second everywhere.
"""

from __future__ import annotations

import copy
import uuid
from datetime import datetime

from django.db import transaction

from accounts.models import Membership, TokenFamily
from accounts.remembered import Remembered
from accounts.tokens.access import Claims
from aviation.tenants.context import platform_context

KEPT_S = 1.0
MOST_FAMILIES = 10_000

remembered: Remembered[uuid.UUID, TokenFamily | None] = Remembered(
    kept_s=KEPT_S, most=MOST_FAMILIES
)


def find_standing(claims: Claims, *, now: datetime) -> Membership | None:
    """The membership the token is for, with user and organization; None when it no longer is."""
    family = remembered.get_or_read(claims.family_id, read_family)
    if family is None or not is_in_order(family, now=now) or not _is_the_same(family, claims):
        return None
    return _own_copy(family.membership)


def read_family(family_id: uuid.UUID) -> TokenFamily | None:
    """With membership, user and organization, whoever asks."""
    with platform_context(), transaction.atomic():
        families = TokenFamily.objects.select_related(
            "membership__user", "membership__organization"
        )
        return families.filter(pk=family_id).first()


def is_in_order(family: TokenFamily, *, now: datetime) -> bool:
    """Whether the family may act: neither it nor anything it rests on has ended."""
    membership = family.membership
    return (
        family.revoked_at is None
        and family.expires_at > now
        and membership.ended_at is None
        and membership.user.is_active
        and membership.user.credential_epoch == family.credential_epoch
        and membership.organization.is_active
    )


def forget_standing(family_id: uuid.UUID) -> None:
    remembered.forget(family_id)


def _is_the_same(family: TokenFamily, claims: Claims) -> bool:
    membership = family.membership
    return (
        membership.pk == claims.membership_id
        and membership.user_id == claims.user_id
        and membership.organization_id == claims.organization_id
        and family.credential_epoch == claims.epoch
    )


def _own_copy(membership: Membership) -> Membership:
    """What a request may change, such as what it keeps on its user, is not shared with others."""
    own = copy.copy(membership)
    own.user = copy.copy(membership.user)
    return own
