"""How fresh the fleet's figures are, to be shown beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from analytics.models import ViewRefresh
from analytics.staleness import state_of_tables

PATIENCE = timedelta(minutes=15)
"""How long changes may wait for a refresh: the clock comes by every five minutes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The age of the figures and whether they can be relied on."""

    refreshed_at: datetime
    """They hold everything committed before this moment, of the oldest of the views."""
    is_stale: bool
    """Something has changed since, and nobody has made them anew for too long."""
    failure: str
    """Why they are no newer, in plain words; empty while nothing is wrong."""


@transaction.atomic
def standing(at: datetime) -> Standing:
    """Of the bound organization's figures, in two queries."""
    rows = list(ViewRefresh.objects.all())
    state, _ = state_of_tables()
    refreshed_at = min(row.refreshed_at for row in rows)
    has_changed = any(row.covers != state or row.is_asked_for for row in rows)
    return Standing(
        refreshed_at,
        has_changed and at - refreshed_at > PATIENCE,
        _failure([row for row in rows if row.failed_at is not None], refreshed_at),
    )


def _failure(failed: list[ViewRefresh], refreshed_at: datetime) -> str:
    if not failed:
        return ""
    last_at = max(row.failed_at for row in failed if row.failed_at is not None)
    return (
        f"Making the figures anew failed on {_utc(last_at)}. You see those of"
        f" {_utc(refreshed_at)}. It is tried again by itself; your operator finds the reason in"
        " the log."
    )


def _utc(moment: datetime) -> str:
    return f"{moment:%-d %b %Y, %H:%M} UTC"
