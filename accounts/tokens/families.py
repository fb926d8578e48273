"""Families of tokens: each is one program's sign-in, and lives or dies as a whole."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import Membership, TokenFamily
from accounts.tokens.lifetimes import FAMILY, IDLE
from accounts.tokens.standing import forget_standing
from aviation.audit.events import record_event
from aviation.tenants.context import acting_as, acting_user_id, platform_context, tenant_context

LONGEST_DEVICE = 120
KEPT_AFTER_END = timedelta(days=30)
"""How long an ended family is kept, so that a stolen token of it is still recognised."""


def begin_family(
    membership: Membership, *, device: str, address: str, now: datetime
) -> TokenFamily:
    """A new family for a person who has just proved who they are; call it in a transaction.

    ``membership`` carries the user as it was when the proof was checked.
    """
    label = "".join(each for each in device if each.isprintable()).strip()
    return TokenFamily.objects.create(
        membership=membership,
        credential_epoch=membership.user.credential_epoch,
        device=label[:LONGEST_DEVICE],
        first_address=address or None,
        expires_at=now + FAMILY,
    )


def families_of(user_id: uuid.UUID) -> list[TokenFamily]:
    """The person's live families, the last used first, each with its membership's organization."""
    now = timezone.now()
    with platform_context(), transaction.atomic():
        return list(
            TokenFamily.objects.filter(
                membership__user_id=user_id,
                membership__ended_at=None,
                membership__user__credential_epoch=F("credential_epoch"),
                revoked_at=None,
                expires_at__gt=now,
                last_used_at__gt=now - IDLE,
            ).select_related("membership__organization", "membership__user")
        )


def revoke_family(family: TokenFamily, *, because: str, event: str = "token.revoked") -> bool:
    """End the family at once; answers False when it had ended already, and records nothing then.

    ``because`` is one of a few fixed words such as ``by_person``. The caller has made sure that
    the family is the person's, or that its token was shown.
    """
    with transaction.atomic():
        with platform_context():
            live = TokenFamily.objects.filter(pk=family.pk, revoked_at=None)
            if not live.update(revoked_at=timezone.now(), revoked_because=because[:40]):
                return False
            membership = _membership_of(family)
        record_family_event(event, family, membership, because=because)
        transaction.on_commit(lambda: forget_standing(family.pk))
    return True


def record_family_event(
    event: str, family: TokenFamily, membership: Membership, **details: str
) -> None:
    """An event of the organization, in the name of who acts, or else of the family's person."""
    actor_id = acting_user_id() or membership.user_id
    with tenant_context(membership.organization), acting_as(actor_id):
        record_event(
            event,
            table_name="token_family",
            object_id=family.pk,
            details={"device": family.device, **details},
        )


def remove_past_families(*, now: datetime) -> int:
    """Delete families that ended long ago, with their refresh tokens; answers how many."""
    since = now - KEPT_AFTER_END
    ended = Q(expires_at__lt=since) | Q(revoked_at__lt=since) | Q(last_used_at__lt=since - IDLE)
    past: QuerySet[TokenFamily] = TokenFamily.objects.filter(ended)
    with transaction.atomic():
        _, by_model = past.delete()
    return by_model.get("accounts.TokenFamily", 0)


def _membership_of(family: TokenFamily) -> Membership:
    return Membership.objects.select_related("organization", "user").get(pk=family.membership_id)
