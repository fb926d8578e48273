"""Making, rotating and revoking API keys.

What must never happen: a key that lets its maker act as somebody else. Whoever makes or rotates a
key on a page owns it; only the command line, run by the installation's operator, names the owner.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.api_keys.digests import digest_of
from accounts.api_keys.facts import forget
from accounts.api_keys.format import make
from accounts.api_keys.granting import (
    checked_end,
    checked_limit,
    checked_name,
    checked_networks,
    checked_scopes,
)
from accounts.models import ApiKey, Membership
from accounts.roles import Action, Resource
from aviation.common.errors import Conflict, NotAllowed

OVERLAP = timedelta(hours=24)
"""How long a rotated key still works, so that programs can be moved to the new one."""
MOST_LIVE_KEYS = 200


@transaction.atomic
def create_api_key(
    *,
    owner: Membership,
    name: str,
    scopes: Iterable[str],
    networks: Collection[str] = (),
    expires_at: datetime | None = None,
    rate_limit_per_minute: int | None = None,
    actor: Membership | None,
) -> tuple[ApiKey, str]:
    """Make a key; with it comes its text, which nobody can be shown again.

    ``actor`` None: the operator, on the command line. Raises NotAllowed, Rejected, Conflict.
    """
    _check_may_own(owner)
    _check_may(actor, Action.ADD, owner)
    name = checked_name(name)
    _check_room(owner, name)
    key = ApiKey(
        organization_id=owner.organization_id,
        owner=owner,
        name=name,
        scopes=checked_scopes(scopes, owner.role),
        networks=checked_networks(networks),
        expires_at=checked_end(expires_at),
        rate_limit_per_minute=checked_limit(rate_limit_per_minute),
    )
    return _issue(key)


@transaction.atomic
def rotate_api_key(*, key: ApiKey, actor: Membership | None) -> tuple[ApiKey, str]:
    """Make the key's successor; the old one works for another day, or until its own earlier end.

    Raises NotAllowed, Conflict.
    """
    old = _locked(key)
    _check_may(actor, Action.CHANGE, old.owner)
    _check_may_own(old.owner)
    if not old.is_live or old.replaced_by_id is not None:
        raise Conflict("This key has ended or was rotated already.")
    now = timezone.now()
    lifetime = None if old.expires_at is None else old.expires_at - old.created_at
    successor, text = _issue(
        ApiKey(
            organization_id=old.organization_id,
            owner=old.owner,
            name=old.name,
            scopes=old.scopes,
            networks=old.networks,
            expires_at=None if lifetime is None else now + lifetime,
            rate_limit_per_minute=old.rate_limit_per_minute,
        )
    )
    old.expires_at = min(now + OVERLAP, old.expires_at or now + OVERLAP)
    old.replaced_by = successor
    old.save(update_fields=["expires_at", "replaced_by"])
    transaction.on_commit(lambda: forget(old.key_id))
    return successor, text


@transaction.atomic
def revoke_api_key(*, key: ApiKey, actor: Membership | None) -> ApiKey:
    """End the key for good, everywhere within five seconds. Raises NotAllowed, Conflict."""
    found = _locked(key)
    if actor is not None and not actor.may(Action.DELETE, Resource.API_KEY):
        raise NotAllowed("Your role does not permit you to revoke API keys.")
    if not found.is_live:
        raise Conflict("This key has ended already.")
    found.revoked_at = timezone.now()
    found.save(update_fields=["revoked_at"])
    transaction.on_commit(lambda: forget(found.key_id))
    return found


def _issue(key: ApiKey) -> tuple[ApiKey, str]:
    text = make()
    key.key_id = text.key_id
    key.digest, key.pepper_number = digest_of(text)
    key.save(force_insert=True)
    transaction.on_commit(lambda: forget(text.key_id))
    return key, str(text)


def _locked(key: ApiKey) -> ApiKey:
    rows = ApiKey.objects.select_related("owner").select_for_update(of=("self",))
    return rows.get(pk=key.pk, organization_id=key.organization_id)


def _check_may(actor: Membership | None, action: Action, owner: Membership) -> None:
    if actor is None:
        return
    if not actor.may(action, Resource.API_KEY):
        raise NotAllowed("Your role does not permit you to make API keys.")
    if actor.pk != owner.pk:
        raise NotAllowed(f"Only {owner} can do this: the new key would act in their name.")


def _check_may_own(owner: Membership) -> None:
    """Visits of platform staff are no memberships: nothing of theirs outlasts them."""
    current = Membership.objects.current().filter(pk=owner.pk, user__is_active=True)
    if not current.filter(organization_id=owner.organization_id).exists():
        raise NotAllowed("Only a current member can own an API key.")


def _check_room(owner: Membership, name: str) -> None:
    """A form sent twice makes one key; an organization keeps a list people can read."""
    live = [
        key
        for key in ApiKey.objects.filter(organization_id=owner.organization_id, revoked_at=None)
        if key.is_live and key.replaced_by_id is None
    ]
    if any(key.name == name and key.owner_id == owner.pk for key in live):
        raise Conflict(f"You have a key named {name!r} already.")
    if len(live) >= MOST_LIVE_KEYS:
        raise Conflict(f"There are {MOST_LIVE_KEYS} live keys already. Revoke one first.")
