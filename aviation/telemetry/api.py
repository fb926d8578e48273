"""The API's telemetry: a window of a flight's history, and the charts of the whole flight."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Resource
from accounts.viewsets import OrganizationViewSet
from aviation.common.openapi import refusals
from aviation.flights.models import FlightSession
from aviation.telemetry.delivery import overview_response
from aviation.telemetry.serializers import (
    TelemetryQuery,
    TelemetrySerializer,
    as_columns,
    chosen_channels,
    span_of,
)
from aviation.telemetry.windows import read_window, recorded_channels


class TelemetryViewSet(OrganizationViewSet):
    """What a flight's sensors recorded."""

    resource = Resource.TELEMETRY
    queryset = FlightSession.objects.all()
    serializer_class = TelemetrySerializer
    lookup_url_kwarg = "flight_id"
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        parameters=[TelemetryQuery],
        responses={200: TelemetrySerializer} | refusals(400, 422),
    )
    def window(self, request: Request, **kwargs: Any) -> Response:
        """A stretch of the flight's history, thinned without losing a peak."""
        flight = self.get_object()
        query = TelemetryQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        start, end = span_of(asked, flight)
        window = read_window(
            flight=flight,
            channels=chosen_channels(asked.get("channels"), recorded_channels(flight)),
            start=start,
            end=end,
            max_points=asked["max_points"],
        )
        return Response(as_columns(flight, window))

    @extend_schema(responses={200: OpenApiResponse(OpenApiTypes.OBJECT, "The charts' document.")})
    def overview(self, request: Request, **kwargs: Any) -> HttpResponse:
        """The charts of the whole flight, its track, phases and findings' marks, in one document.

        It comes with an entity tag: send it back in If-None-Match to learn that nothing changed.
        """
        return overview_response(request._request, self.get_object())
