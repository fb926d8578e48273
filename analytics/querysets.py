from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import Q

from accounts.roles import PERMISSIONS, Action, Resource

if TYPE_CHECKING:
    from accounts.models import Membership
    from analytics.models import (  # noqa: F401 - named in strings below
        DailyAnalyses,
        DailyAnomalies,
        DailyFlights,
        DailyLevels,
        DailyPilots,
        SummarySubscription,
        ViewRefresh,
        WearWeights,
        WeeklySpreads,
    )
    from analytics.periods import Period

Figures = TypeVar("Figures", bound=models.Model)


def may_see_figures(membership: Membership) -> bool:
    return membership.ended_at is None and membership.may(Action.VIEW, Resource.ANALYTICS)


class FiguresQuerySet(models.QuerySet[Figures]):
    def visible_to(self, membership: Membership) -> Self:
        """All of the organization's figures, or none: they tell of everybody's flights."""
        return self if may_see_figures(membership) else self.none()


class DailyQuerySet(FiguresQuerySet[Figures]):
    """Rows by day and something else."""

    def within(self, period: Period) -> Self:
        return self.filter(day__gte=period.start, day__lt=period.end)


class DailyFlightsQuerySet(DailyQuerySet["DailyFlights"]):
    pass


class DailyAnalysesQuerySet(DailyQuerySet["DailyAnalyses"]):
    pass


class DailyAnomaliesQuerySet(DailyQuerySet["DailyAnomalies"]):
    pass


class DailyLevelsQuerySet(DailyQuerySet["DailyLevels"]):
    pass


class DailyPilotsQuerySet(DailyQuerySet["DailyPilots"]):
    pass


class WeeklySpreadsQuerySet(FiguresQuerySet["WeeklySpreads"]):
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


class SummarySubscriptionQuerySet(models.QuerySet["SummarySubscription"]):
    def visible_to(self, membership: Membership) -> SummarySubscriptionQuerySet:
        """Managers see everybody's, other members their own."""
        if not may_see_figures(membership):
            return self.none()
        if membership.may(Action.CHANGE, Resource.ANALYTICS):
            return self
        return self.filter(member_id=membership.pk)

    def awaiting(self, rhythm: str, first_day: date) -> SummarySubscriptionQuerySet:
        """Active ones whose summary of the days from ``first_day`` nobody has taken up yet."""
        is_unsent = Q(last_sent_for=None) | Q(last_sent_for__lt=first_day)
        is_free = Q(claimed_for=None) | Q(claimed_for__lt=first_day)
        return self.filter(is_unsent, is_free, rhythm=rhythm, is_active=True)

    def deliverable(self) -> SummarySubscriptionQuerySet:
        """To current members with an account that is open, by a role that sees the figures."""
        return self.filter(
            member__ended_at=None,
            member__user__is_active=True,
            member__role__in=PERMISSIONS[Resource.ANALYTICS, Action.VIEW],
        )
