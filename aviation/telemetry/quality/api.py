"""GET /flights/{id}/quality/: how good a flight's recording is."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Resource
from accounts.viewsets import OrganizationViewSet
from aviation.common.errors import NotFound
from aviation.flights.models import FlightSession
from aviation.telemetry.models import FlightQuality


class QualityPartSerializer(serializers.Serializer[Any]):
    """One side of the recording; without a score it was not assessed and does not count."""

    name = serializers.CharField(
        help_text="completeness, gaps, out_of_range, position_jumps, stuck_sensors or clock."
    )
    score = serializers.FloatField(allow_null=True, min_value=0, max_value=100)
    weight = serializers.IntegerField(help_text="How much it counts beside the others.")
    sentence = serializers.CharField()


class QualitySerializer(serializers.ModelSerializer[FlightQuality]):
    """0 is worthless, 100 without fault; the score is the mean of its parts by weight."""

    flight = serializers.UUIDField(source="session_id")
    score = serializers.IntegerField(min_value=0, max_value=100)
    parts = QualityPartSerializer(many=True)

    class Meta:
        model = FlightQuality
        fields = ("flight", "score", "parts", "version", "created_at")


class QualityViewSet(OrganizationViewSet):
    """How good the recording is: not how good the flight was."""

    resource = Resource.TELEMETRY
    queryset = FlightSession.objects.all()
    serializer_class = QualitySerializer
    lookup_url_kwarg = "flight_id"
    pagination_class = None
    filter_backends = ()

    @extend_schema(responses={200: QualitySerializer})
    def of_flight(self, request: Request, **kwargs: Any) -> Response:
        """The recording's score from 0 to 100 and the parts it is made of.

        404 until the flight's log is read or, of a streamed flight, the flight has ended.
        """
        quality = FlightQuality.objects.filter(session=self.get_object()).first()
        if quality is None:
            raise NotFound("This flight has no quality score yet.")
        return Response(QualitySerializer(quality).data)
