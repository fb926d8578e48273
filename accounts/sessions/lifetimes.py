"""How long a session lasts: by the strictest of the roles its person has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Membership, User, UserSession

PLATFORM = "platform"
"""What settings.SESSION_LIFETIMES calls platform staff, who need no role anywhere."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    idle: timedelta
    """Without a request."""
    longest: timedelta
    """From signing in, whatever is done meanwhile."""

    def is_over(self, session: UserSession, at: datetime) -> bool:
        return at >= min(session.last_seen_at + self.idle, session.started_at + self.longest)


def lifetime_of(user: User, memberships: Iterable[Membership]) -> Lifetime:
    """The shortest times of all that apply; of the longest there are for who has no role."""
    table = settings.SESSION_LIFETIMES
    roles = [member.role for member in memberships] + [PLATFORM] * user.is_staff
    applying = [table[role] for role in roles] or [max(table.values())]
    return Lifetime(
        timedelta(seconds=min(idle for idle, _ in applying)),
        timedelta(seconds=min(longest for _, longest in applying)),
    )
