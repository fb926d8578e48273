"""The API's further reading: statistics, exports, positions, and who passed a place."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Resource
from accounts.viewsets import OrganizationViewSet
from aviation.common.openapi import refusals
from aviation.flights.models import FlightSession
from aviation.telemetry.channels import CHANNELS, spec_of
from aviation.telemetry.reading.averages import read_average
from aviation.telemetry.reading.export_batches import Wanted
from aviation.telemetry.reading.export_formats import CONTENT_TYPES, ExportFile
from aviation.telemetry.reading.exporting import export_response
from aviation.telemetry.reading.nearby import nearest_by_aircraft, passages
from aviation.telemetry.reading.places import Circle
from aviation.telemetry.reading.positions import latest_positions
from aviation.telemetry.reading.serializers import (
    ExportQuery,
    NearbyQuery,
    NearbySerializer,
    PositionsSerializer,
    StatisticsQuery,
    StatisticsSerializer,
    as_channels,
    as_nearby,
)
from aviation.telemetry.reading.span import Span, clipped, recorded_span
from aviation.telemetry.reading.statistics import channel_statistics
from aviation.telemetry.serializers import as_columns, chosen_channels, span_of
from aviation.telemetry.windows import recorded_channels


class ReadingViewSet(OrganizationViewSet):
    """What was recorded, summed up, taken along, and on the map."""

    resource = Resource.TELEMETRY
    queryset = FlightSession.objects.select_related("aircraft")
    serializer_class = StatisticsSerializer
    lookup_url_kwarg = "flight_id"
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        parameters=[StatisticsQuery],
        responses={200: StatisticsSerializer} | refusals(400, 422),
    )
    def statistics(self, request: Request, **kwargs: Any) -> Response:
        """Least, greatest, mean, spread and percentiles of each channel over a stretch."""
        flight = self.get_object()
        asked = _asked(StatisticsQuery, request)
        channels, span = _stretch(flight, asked)
        figures = channel_statistics(flight=flight, channels=channels, span=span)
        average = None
        if window_s := asked.get("window_s"):
            window = read_average(
                flight=flight,
                channels=channels,
                span=span,
                window_s=window_s,
                max_points=asked["max_points"],
            )
            average = as_columns(flight, window) | {"window_s": window_s}
        shown = {
            "flight": flight.pk,
            "channels": as_channels(figures),
            "moving_average": average,
        }
        return Response(StatisticsSerializer(shown).data)

    @extend_schema(
        parameters=[ExportQuery],
        responses={
            (200, kind.split(";")[0]): OpenApiTypes.BINARY for kind in CONTENT_TYPES.values()
        }
        | refusals(400, 422),
    )
    def export(self, request: Request, **kwargs: Any) -> StreamingHttpResponse:
        """All rows of a flight, or of a stretch of it, as a file; nothing is thinned."""
        flight = self.get_object()
        asked = _asked(ExportQuery, request)
        channels, span = _stretch(flight, asked)
        wanted = Wanted(flight, tuple(channels), span, self.membership)
        response = export_response(wanted, ExportFile(asked["file"]))
        if request.method == "HEAD":
            response.streaming_content = iter(())
        return response

    @extend_schema(responses={200: PositionsSerializer})
    def positions(self, request: Request, **kwargs: Any) -> Response:
        """Where each aircraft was last, the aircraft in the air included."""
        now = timezone.now()
        shown = {"at": now, "positions": latest_positions(self.membership, now)}
        return Response(PositionsSerializer(shown).data)

    @extend_schema(
        parameters=[NearbyQuery],
        responses={200: NearbySerializer} | refusals(400, 422),
    )
    def nearby(self, request: Request, **kwargs: Any) -> Response:
        """Flights and aircraft that passed a place, by their recorded points."""
        asked = _asked(NearbyQuery, request)
        span = asked["start"], asked["end"]
        circle = Circle(asked["latitude"], asked["longitude"], asked["radius_m"])
        found, is_complete = passages(circle, span, self.membership, limit=asked["limit"])
        aircraft = nearest_by_aircraft(found)
        return Response(as_nearby(span, found, aircraft, is_complete=is_complete))


def _asked(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    query = kind(data=request.query_params)
    query.is_valid(raise_exception=True)
    values: dict[str, Any] = query.validated_data
    return values


def _stretch(flight: FlightSession, asked: dict[str, Any]) -> tuple[list[str], Span]:
    """The channels to read, in the order people know, and between which moments."""
    start, end = span_of(asked, flight)
    recorded = sorted(recorded_channels(flight, newest=None), key=_order)
    channels = chosen_channels(asked.get("channels"), recorded)
    return channels, clipped(recorded_span(flight), start, end)


def _order(name: str) -> tuple[int, int, str]:
    return _PLACES[spec_of(name).name], len(name), name


_PLACES = {name: place for place, name in enumerate(CHANNELS)}
