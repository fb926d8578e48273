"""Clearing away what has ended: sessions, tokens' families, and visits nobody left."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import UserSession
from accounts.tokens.families import remove_past_families
from accounts.visits.services import end_overdue_visits


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> int:
    """Delete sessions nobody can use any more; answers how many."""
    now = timezone.now()
    idle, longest = (max(times) for times in zip(*settings.SESSION_LIFETIMES.values(), strict=True))
    over = (
        Q(expire_date__lte=now)
        | Q(last_seen_at__lte=now - timedelta(seconds=idle))
        | Q(started_at__lte=now - timedelta(seconds=longest))
    )
    cleared, _ = UserSession.objects.filter(over).delete()
    return cleared


@shared_task(name="accounts.clear_tokens")
def clear_tokens() -> int:
    """Delete families of tokens that ended long ago; answers how many."""
    return remove_past_families(now=timezone.now())


@shared_task(name="accounts.end_visits")
def end_visits() -> int:
    """Write down the end of visits whose time is up; answers how many."""
    return end_overdue_visits()
