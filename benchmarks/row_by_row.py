"""The peer of the ingest: the same product, but each point goes through a DRF serializer.

``granian --interface wsgi benchmarks.row_by_row:application`` runs it: middleware, keys, limits
and permissions are ours, and one view differs.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from config.wsgi import application as application

settings.ROOT_URLCONF = "benchmarks.row_by_row"

from django.urls import path  # noqa: E402 - the settings come first
from rest_framework import serializers  # noqa: E402
from rest_framework.parsers import JSONParser  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402

from aviation.telemetry.columns import COLUMN_TYPES  # noqa: E402
from aviation.telemetry.ingest.api import IngestViewSet  # noqa: E402
from aviation.telemetry.models import TelemetryPoint  # noqa: E402
from config.urls import handler404 as handler404  # noqa: E402
from config.urls import handler500 as handler500  # noqa: E402
from config.urls import urlpatterns as usual  # noqa: E402

_FIELDS: dict[str, Any] = {name: serializers.FloatField() for name in COLUMN_TYPES}
PointSerializer: Any = type(
    "PointSerializer",
    (serializers.Serializer,),
    _FIELDS | {"timestamp": serializers.DateTimeField()},
)


class RowByRowViewSet(IngestViewSet):
    parser_classes = (JSONParser,)  # type: ignore[assignment]

    def for_flight(self, request: Request, **kwargs: Any) -> Response:
        """One serializer and one INSERT a point."""
        flight = self.get_object()
        for row in request.data:
            given = PointSerializer(data=row)
            given.is_valid(raise_exception=True)
            TelemetryPoint.objects.create(session=flight, **given.validated_data)
        return Response({"accepted": len(request.data)})


urlpatterns = [
    path(
        "api/v1/flights/<uuid:flight_id>/telemetry/",
        RowByRowViewSet.as_view({"post": "for_flight"}),
    ),
    *usual,
]
