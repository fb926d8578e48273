"""What acts in a person's name just now: their browsers, and the programs that hold tokens."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from accounts.memberships import memberships_of
from accounts.models import User, UserSession
from accounts.origins import network_of
from accounts.sessions.lifetimes import lifetime_of
from accounts.sessions.store import digest_of
from accounts.signing_in.places import country_of
from accounts.tokens.families import families_of


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One line of the list."""

    id: uuid.UUID
    name: str
    address: str
    country: str
    first_seen_at: datetime
    last_seen_at: datetime
    is_this: bool = False
    organization: str = ""
    """A program's; browsers serve for all of the person's organizations."""


def browsers_of(request: HttpRequest, user: User) -> list[SignedIn]:
    """This one first, then the most recently seen; sessions whose time is up are left out."""
    now = timezone.now()
    lifetime = lifetime_of(user, memberships_of(request))
    here = digest_of(request.session.session_key or "")
    rows = UserSession.objects.filter(user=user, expire_date__gt=now).order_by("-last_seen_at")
    found = [_browser(row, here) for row in rows if not lifetime.is_over(row, now)]
    return sorted(found, key=lambda each: not each.is_this)


def programs_of(user: User) -> Iterator[SignedIn]:
    for family in families_of(user.pk):
        yield SignedIn(
            id=family.id,
            name=family.device or "Program",
            address=_shown(family.first_address),
            country=country_of(family.first_address or ""),
            first_seen_at=family.created_at,
            last_seen_at=family.last_used_at,
            organization=family.membership.organization.name,
        )


def _browser(row: UserSession, here: str) -> SignedIn:
    address = row.last_address or row.first_address
    return SignedIn(
        id=row.public_id,
        name=row.device or "Browser",
        address=_shown(address),
        country=country_of(address or ""),
        first_seen_at=row.started_at,
        last_seen_at=row.last_seen_at,
        is_this=row.pk == here,
    )


def _shown(address: str | None) -> str:
    return network_of(address or "") or "Unknown"
