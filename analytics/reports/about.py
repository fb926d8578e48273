"""What stands on a report beside its numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from analytics.periods import Period


@dataclass(frozen=True, slots=True)
class About:
    """Whose report it is, when it was made, and how old its figures were by then."""

    organization: str
    slug: str
    made_at: datetime
    refreshed_at: datetime
    """The figures hold everything committed before this moment."""

    @property
    def age_s(self) -> int:
        return max(int((self.made_at - self.refreshed_at).total_seconds()), 0)

    @property
    def age(self) -> str:
        return in_words(self.age_s)


def in_words(age_s: int) -> str:
    """``40 s``, ``12 min``, ``30 h`` or ``3 days``, rounded down."""
    if age_s < 60:
        return f"{age_s} s"
    if age_s < 3_600:
        return f"{age_s // 60} min"
    return f"{age_s // 3_600} h" if age_s < 2 * 86_400 else f"{age_s // 86_400} days"


def local_time(moment: datetime, tz: ZoneInfo) -> str:
    """``4 May 2026, 07:00 (Europe/Zurich)``."""
    return f"{moment.astimezone(tz):%-d %b %Y, %H:%M} ({tz.key})"


def days_of(period: Period) -> str:
    """``1 May 2025 to 30 April 2026``."""
    return f"{period.start:%-d %B %Y} to {period.last_day:%-d %B %Y}"


def file_name(about: About, period: Period, kind: str) -> str:
    """In letters that every file system takes: ``alpine_summary_2025-05-01_2026-04-30.pdf``."""
    slug = re.sub(r"[^a-z0-9-]+", "-", about.slug)
    return f"{slug}_summary_{period.start.isoformat()}_{period.last_day.isoformat()}.{kind}"
