from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from aviation.flights.models import FlightSession

if TYPE_CHECKING:
    from accounts.models import Membership
    from aviation.mlresults.models import Analysis, Finding  # noqa: F401 - named in strings below


class AnalysisQuerySet(models.QuerySet["Analysis"]):
    def visible_to(self, membership: Membership) -> AnalysisQuerySet:
        """The analyses of the flights the member may see."""
        return self.filter(session__in=FlightSession.objects.visible_to(membership))

    def active(self) -> AnalysisQuerySet:
        return self.filter(is_active=True)

    def scored(self) -> AnalysisQuerySet:
        """Active ones with a risk, of flights that count: off the ground and over."""
        return self.active().filter(risk_score__isnull=False, session__in=_flown())


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, membership: Membership) -> FindingQuerySet:
        """The findings about the flights the member may see."""
        return self.filter(analysis__session__in=FlightSession.objects.visible_to(membership))

    def active(self) -> FindingQuerySet:
        return self.filter(analysis__is_active=True)

    def serious(self) -> FindingQuerySet:
        return self.filter(severity__in=("warning", "critical"))

    def anomalies(self) -> FindingQuerySet:
        """What the fleet's figures count: serious ones of flights that count, as they stand."""
        return self.active().serious().filter(analysis__session__in=_flown())


def _flown() -> models.QuerySet[FlightSession]:
    return FlightSession.objects.flown().order_by()
