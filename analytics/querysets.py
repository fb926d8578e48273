from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

from accounts.roles import Action, Resource

if TYPE_CHECKING:
    from accounts.models import Membership
    from analytics.models import (  # noqa: F401 - named in strings below
        DailyAnalyses,
        DailyAnomalies,
        DailyFlights,
    )
    from analytics.periods import Period

Figures = TypeVar("Figures", bound=models.Model)


class DailyQuerySet(models.QuerySet[Figures]):
    """Rows by day and aircraft."""

    def visible_to(self, membership: Membership) -> Self:
        """All of the organization's figures, or none: they tell of everybody's flights."""
        may_see = membership.ended_at is None and membership.may(Action.VIEW, Resource.ANALYTICS)
        return self if may_see else self.none()

    def within(self, period: Period) -> Self:
        return self.filter(day__gte=period.start, day__lt=period.end)


class DailyFlightsQuerySet(DailyQuerySet["DailyFlights"]):
    pass


class DailyAnalysesQuerySet(DailyQuerySet["DailyAnalyses"]):
    pass


class DailyAnomaliesQuerySet(DailyQuerySet["DailyAnomalies"]):
    pass
