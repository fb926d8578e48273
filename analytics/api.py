"""The API's figures about the fleet: the pages' own reading functions, a route each."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.models import DailyAnalyses, DailyAnomalies, DailyFlights
from analytics.narrowing import Narrowing
from analytics.periods import Period
from analytics.reading.activity import (
    airborne_now,
    averages,
    days_by_type,
    totals,
    with_run_up,
)
from analytics.reading.executive import summary_of
from analytics.reading.risk_profile import risk_profile
from analytics.reading.spreads import spreads
from analytics.reading.utilisation import use_by_aircraft, use_by_pilot
from analytics.reading.wear import WearStanding, wear_list, wear_of
from analytics.rest.asking import NarrowingQuery, PeriodQuery, SummaryQuery
from analytics.rest.figures_view import DailyPagination, FiguresViewSet
from analytics.rest.serializers import (
    ActivitySerializer,
    DailyAnalysesSerializer,
    DailyAnomaliesSerializer,
    DailyFlightsSerializer,
    RiskProfileSerializer,
    SummarySerializer,
    UtilisationSerializer,
    WearListSerializer,
)
from analytics.rest.shaping import aircraft_use, pilot_use, summary_answer, wear_answer
from aviation.common.openapi import refusals


class AnalyticsViewSet(FiguresViewSet):
    """Figures of a period as a whole."""

    queryset = DailyFlights.objects.none()
    serializer_class = SummarySerializer
    made_anew = frozenset({"utilisation"})

    @extend_schema(parameters=[SummaryQuery], responses={200: SummarySerializer} | refusals(400))
    def summary(self, request: Request, **kwargs: Any) -> Response:
        """The executive summary: what flew, how risky and with what anomalies, month by month."""
        period, narrowing = self.asked(SummaryQuery)
        answer = summary_answer(summary_of(period, narrowing))
        return Response(SummarySerializer(self.begun(period) | answer).data)

    @extend_schema(parameters=[PeriodQuery], responses={200: RiskProfileSerializer} | refusals(400))
    def risk_profile(self, request: Request, **kwargs: Any) -> Response:
        """Flights, average risk, serious flights and the trend by aircraft type."""
        period, narrowing = self.asked(PeriodQuery)
        profile = risk_profile(period, **asdict(narrowing))
        answer = {"types": profile.types, "whole": profile.whole}
        return Response(RiskProfileSerializer(self.begun(period) | answer).data)

    @extend_schema(parameters=[NarrowingQuery], responses={200: WearListSerializer} | refusals(400))
    def wear(self, request: Request, **kwargs: Any) -> Response:
        """The wear score of each aircraft in service as of today, with its parts and evidence.

        Asked for one aircraft by its id, it answers for a retired one too.
        """
        narrowing = self.checked(NarrowingQuery).narrowing
        answer = {
            "figures": self.standing,
            "time_zone": self.zone.key,
            "day": self.at.astimezone(self.zone).date(),
            "aircraft": [wear_answer(each, request) for each in self._worn(narrowing)],
        }
        return Response(WearListSerializer(answer).data)

    def _worn(self, narrowing: Narrowing) -> list[WearStanding]:
        if narrowing.aircraft_id is None:
            found = wear_list(self.at)
        else:
            one = wear_of(narrowing.aircraft_id, self.at)
            found = [] if one is None else [one]
        return [
            each
            for each in found
            if narrowing.fits(each.aircraft.aircraft_id, each.aircraft.aircraft_type)
        ]

    @extend_schema(parameters=[PeriodQuery], responses={200: ActivitySerializer} | refusals(400))
    def activity(self, request: Request, **kwargs: Any) -> Response:
        """Flights by day and type, moving averages of 7 and 30 days, and percentiles."""
        period, narrowing = self.asked(PeriodQuery)
        run_up = days_by_type(self.membership, with_run_up(period), narrowing)
        whole = totals(self.membership, period, narrowing)
        spread = spreads(self.membership, period, narrowing)
        answer = {
            "flown": whole.flown,
            "active_aircraft": whole.aircraft,
            "airborne_now": airborne_now(self.membership),
            "days": [each for each in run_up if each.day in period],
            "moving_averages": averages(run_up, period),
            "duration_s": spread.duration_s,
            "risk": spread.risk,
        }
        return Response(ActivitySerializer(self.begun(period) | answer).data)

    @extend_schema(parameters=[PeriodQuery], responses={200: UtilisationSerializer} | refusals(400))
    def utilisation(self, request: Request, **kwargs: Any) -> Response:
        """How much each aircraft and each pilot flew, and on how many of the days."""
        period, narrowing = self.asked(PeriodQuery)
        aircraft = use_by_aircraft(self.membership, period, narrowing)
        pilots = use_by_pilot(self.membership, period, narrowing)
        answer = {"aircraft": map(aircraft_use, aircraft), "pilots": map(pilot_use, pilots)}
        return Response(UtilisationSerializer(self.begun(period) | answer).data)


class DailyViewSet(ListModelMixin, FiguresViewSet):
    """Rows by day and aircraft, the newest day first."""

    pagination_class = DailyPagination
    ordering: ClassVar[tuple[str, ...]] = ("-day", "aircraft_id")

    period: Period
    narrowing: Narrowing

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.period, self.narrowing = self.asked(PeriodQuery)
        return super().list(request, *args, **kwargs)

    def get_queryset(self) -> models.QuerySet[Any]:
        rows: Any = super().get_queryset()
        found: models.QuerySet[Any] = self.narrowing.applied(rows.within(self.period))
        return found.select_related("aircraft")


class DailyFlightsViewSet(DailyViewSet):
    queryset = DailyFlights.objects.all()
    serializer_class = DailyFlightsSerializer

    @extend_schema(parameters=[PeriodQuery])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Flights, time in the air and distance of each aircraft on each day it flew."""
        return super().list(request, *args, **kwargs)


class DailyAnalysesViewSet(DailyViewSet):
    queryset = DailyAnalyses.objects.all()
    serializer_class = DailyAnalysesSerializer

    @extend_schema(parameters=[PeriodQuery])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Risk of each aircraft's analysed flights on each day."""
        return super().list(request, *args, **kwargs)


class DailyAnomaliesViewSet(DailyViewSet):
    queryset = DailyAnomalies.objects.all()
    ordering = ("-day", "aircraft_id", "component", "severity")
    serializer_class = DailyAnomaliesSerializer

    @extend_schema(parameters=[PeriodQuery])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Warnings and critical findings of each aircraft on each day, by component."""
        return super().list(request, *args, **kwargs)
