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
        ViewRefresh,
        WearWeights,
    )
    from analytics.periods import Period

Figures = TypeVar("Figures", bound=models.Model)


def may_see_figures(membership: Membership) -> bool:
    return membership.ended_at is None and membership.may(Action.VIEW, Resource.ANALYTICS)


class DailyQuerySet(models.QuerySet[Figures]):
    """Rows by day and aircraft."""

    def visible_to(self, membership: Membership) -> Self:
        """All of the organization's figures, or none: they tell of everybody's flights."""
        return self if may_see_figures(membership) else self.none()

    def within(self, period: Period) -> Self:
        return self.filter(day__gte=period.start, day__lt=period.end)


class DailyFlightsQuerySet(DailyQuerySet["DailyFlights"]):
    pass


class DailyAnalysesQuerySet(DailyQuerySet["DailyAnalyses"]):
    pass


class DailyAnomaliesQuerySet(DailyQuerySet["DailyAnomalies"]):
    pass


class ViewRefreshQuerySet(models.QuerySet["ViewRefresh"]):
    def visible_to(self, membership: Membership) -> ViewRefreshQuerySet:
        """For everybody who sees the figures themselves."""
        return self if may_see_figures(membership) else self.none()

    def failed(self) -> ViewRefreshQuerySet:
        return self.filter(failed_at__isnull=False)


class WearWeightsQuerySet(models.QuerySet["WearWeights"]):
    def visible_to(self, membership: Membership) -> WearWeightsQuerySet:
        return self if may_see_figures(membership) else self.none()

    def active(self) -> WearWeightsQuerySet:
        """The one in use; none while the published weights are."""
        return self.filter(is_active=True)
