"""Members who asked for the summary by mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.core import mail

from accounts.choices import Role
from analytics.models import SummarySubscription
from analytics.reports.subscribing import subscribe
from tests.conftest import Cast

FRIDAY = datetime(2026, 4, 24, 12, tzinfo=UTC)
MONDAY = datetime(2026, 4, 27, 5, 0, tzinfo=UTC)
"""07:00 in Zürich."""
LATE_MONDAY = MONDAY + timedelta(hours=2)
"""07:00 in UTC, where the organizations of their own keep their days."""


def ask(cast: Cast, role: str = Role.READONLY, rhythm: str = "weekly") -> SummarySubscription:
    member = cast.members[role]
    return subscribe(actor=member, member=member, rhythm=rhythm, at=FRIDAY)


def recipients() -> list[str]:
    return sorted(address for message in mail.outbox for address in message.to)
