"""How old the figures are, and making them anew by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from analytics.reading.standing import standing
from analytics.refreshing import Outcome, refresh_figures

LEAST_PAUSE = timedelta(minutes=1)
ANSWERS = {
    Outcome.REFRESHED: "The figures were made anew.",
    Outcome.LEFT: "The figures are being made anew at this moment. Load the page again shortly.",
    Outcome.FAILED: "The figures could not be made anew; you see the former ones.",
}


def refresh_by_hand(at: datetime) -> tuple[bool, str]:
    """Whether the figures are new, and what to tell the person who asked."""
    if at - standing(at).refreshed_at < LEAST_PAUSE:
        return (
            False,
            "The figures are less than a minute old. They are made anew once a minute at most.",
        )
    outcome = refresh_figures(at=at)
    return outcome is Outcome.REFRESHED, ANSWERS[outcome]
