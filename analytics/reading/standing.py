"""How fresh the fleet's figures are, to be shown beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from analytics.clock import last_round_at
from analytics.models import ViewRefresh
from analytics.staleness import has_changed

PATIENCE = timedelta(minutes=15)
"""How long the clock, which comes by every five minutes, may be away before it is missed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The age of the figures and whether they can be relied on."""

    refreshed_at: datetime
    """They hold everything committed before this moment, of the oldest of the views."""
    is_stale: bool
    """Something has changed since, and nobody is there to make them anew."""
    failure: str
    """Why they are no newer, in plain words; empty while nothing is wrong."""


@transaction.atomic
def standing(at: datetime) -> Standing:
    """Of the bound organization's figures, in two queries."""
    rows = list(ViewRefresh.objects.all())
    refreshed_at = min(row.refreshed_at for row in rows)
    failures = [row.failed_at for row in rows if row.failed_at is not None]
    failure = _in_words(max(failures), refreshed_at) if failures else ""
    is_overdue = has_changed(rows) and at - refreshed_at > PATIENCE and not _is_clock_about(at)
    return Standing(refreshed_at, is_overdue, failure)


def _is_clock_about(at: datetime) -> bool:
    """A change that came after its last round is in good hands."""
    round_at = last_round_at()
    return round_at is not None and at - round_at <= PATIENCE


def _in_words(failed_at: datetime, refreshed_at: datetime) -> str:
    return (
        f"Making the figures anew failed on {_utc(failed_at)}. You see those of"
        f" {_utc(refreshed_at)}. It is tried again by itself; your operator finds the reason in"
        " the log."
    )


def _utc(moment: datetime) -> str:
    return f"{moment:%-d %b %Y, %H:%M} UTC"
