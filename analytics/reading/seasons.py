"""When the fleet flies: days of the last year, weekdays, and months over the years."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum
from django.db.models.functions import ExtractIsoWeekDay, ExtractMonth, ExtractYear

from accounts.models import Membership
from analytics.models import DailyFlights
from analytics.periods import Period


@dataclass(frozen=True, slots=True)
class Seasons:
    """Flights of all times, counted in the organization's own days.

    ``by_month`` has (year, month) as keys, ``by_weekday`` 1 for Monday to 7 for Sunday; what is
    not there had no flight. ``first`` and ``last`` are the outermost days with a flight.
    """

    by_month: dict[tuple[int, int], int]
    by_weekday: dict[int, int]

    @property
    def years(self) -> list[int]:
        """From the first with a flight to the last, those without any between them too."""
        found = [year for year, _ in self.by_month]
        return list(range(min(found), max(found) + 1)) if found else []


def seasons(membership: Membership) -> Seasons:
    """One query, whose answer grows with the years and not with the flights."""
    rows = (
        DailyFlights.objects.visible_to(membership)
        .values(
            year=ExtractYear("day"), month=ExtractMonth("day"), weekday=ExtractIsoWeekDay("day")
        )
        .annotate(counted=Sum("flights"))
        .order_by()
    )
    by_month: Counter[tuple[int, int]] = Counter()
    by_weekday: Counter[int] = Counter()
    for row in rows:
        by_month[row["year"], row["month"]] += row["counted"]
        by_weekday[row["weekday"]] += row["counted"]
    return Seasons(dict(by_month), dict(by_weekday))


def flights_by_day(membership: Membership, period: Period) -> dict[date, int]:
    """Days with flights only. One query."""
    rows = (
        DailyFlights.objects.visible_to(membership)
        .within(period)
        .values("day")
        .annotate(counted=Sum("flights"))
        .order_by("day")
    )
    return {row["day"]: row["counted"] for row in rows}
