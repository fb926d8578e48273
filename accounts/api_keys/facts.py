"""What is known of a key: read in one query, remembered for three seconds.

So a key in use costs a query every three seconds and none between, and whatever takes its power
away, its own row or its owner's, is noticed within them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeVar

from django.db import transaction
from django.db.models.base import ModelState

from accounts.models import ApiKey, Membership, User
from accounts.remembered import Remembered
from aviation.tenants.context import platform_context

Row = TypeVar("Row", Membership, User)

REMEMBERED_S = 3.0
MOST_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One key as it stood when it was read. The membership is for copying, not for handing out."""

    key_id: str
    digest: bytes
    pepper_number: int
    networks: tuple[IPv4Network | IPv6Network, ...]
    expires_at: datetime | None
    is_open: bool
    """Not revoked, its owner an active person and a member, its organization active."""
    rate_limit_per_minute: int | None
    membership: Membership

    def own_membership(self) -> Membership:
        """The membership with its user, for one request to use and change as it likes."""
        own = _copied(self.membership)
        own._state.fields_cache["user"] = _copied(self.membership.user)
        return own


def _copied(row: Row) -> Row:
    """As ``copy.copy`` makes it, which takes the long way over pickling's protocol."""
    own, state = row.__class__.__new__(row.__class__), ModelState()
    state.__dict__.update(row._state.__dict__, fields_cache=row._state.fields_cache.copy())
    own.__dict__.update(row.__dict__, _state=state)
    return own


_keys: Remembered[str, KeyFacts | None] = Remembered(most=MOST_KEYS, kept_s=REMEMBERED_S)


def facts_of(key_id: str) -> KeyFacts | None:
    """What is known of the key; None where there is none of this name."""
    return _keys.get_or_read(key_id, _read)


def forget(key_id: str) -> None:
    """Read the key anew when this process is next asked; others do so within three seconds."""
    _keys.forget(key_id)


def _read(key_id: str) -> KeyFacts | None:
    related = ("owner__user", "owner__organization")
    with platform_context(), transaction.atomic():
        key = ApiKey.objects.select_related(*related).filter(key_id=key_id).first()
    return None if key is None else _facts(key)


def _facts(key: ApiKey) -> KeyFacts:
    owner = key.owner
    owner.scopes = frozenset(key.scopes)
    return KeyFacts(
        key_id=key.key_id,
        digest=bytes(key.digest),
        pepper_number=key.pepper_number,
        networks=tuple(ip_network(each) for each in key.networks),
        expires_at=key.expires_at,
        is_open=key.revoked_at is None and _is_open(owner, key),
        rate_limit_per_minute=key.rate_limit_per_minute,
        membership=owner,
    )


def _is_open(owner: Membership, key: ApiKey) -> bool:
    return (
        owner.ended_at is None
        and owner.user.is_active
        and owner.organization.is_active
        and owner.organization_id == key.organization_id
    )
