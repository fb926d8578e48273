"""POST /telemetry/ and POST /flights/{id}/telemetry/: points from aircraft and ground stations."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aviation.common.errors import DomainError
from aviation.common.openapi import refusals
from aviation.flights.models import FlightSession
from aviation.telemetry.api import TelemetryViewSet
from aviation.telemetry.ingest.parsers import ArrowParser, Body, JsonPointsParser, NdjsonParser
from aviation.telemetry.ingest.receipts import LONGEST_KEY
from aviation.telemetry.ingest.service import ingest
from aviation.telemetry.ingest.slots import turn
from aviation.telemetry.ingest.unpacking import Unreadable

LARGE_BODY_BYTES = 500_000
_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Of your own making, for one batch: sent again, it gets the same answer.",
)
_REFUSALS = refusals(400, 401, 403, 409, 411, 413, 415, 422, 429, 503)


class RejectionSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="The point's place in what was sent, from 0.")
    code = serializers.CharField()
    detail = serializers.CharField()


class IngestSerializer(serializers.Serializer[Any]):
    """What became of the points. They are stored for good when this arrives."""

    sent = serializers.IntegerField()
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField(help_text="Stored before.")
    rejected = serializers.IntegerField()
    rejections = RejectionSerializer(many=True, help_text="The first 1,000 of them.")
    flights = serializers.ListField(child=serializers.UUIDField())


class IngestViewSet(TelemetryViewSet):
    """Points come in as JSON, NDJSON or an Arrow stream, plain or with gzip or zstd."""

    parser_classes = (JsonPointsParser, NdjsonParser, ArrowParser)

    @classmethod
    def as_view(cls, *args: Any, **kwargs: Any) -> Any:
        """Without a savepoint of its own: a refusal undoes the transaction of the whole answer."""
        return transaction.non_atomic_requests(super().as_view(*args, **kwargs))

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Members have a transaction from the middleware on; a stranger's refusal gets its own."""
        if getattr(request, "membership", None) is not None:
            return super().dispatch(request, *args, **kwargs)
        with transaction.atomic():
            return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[FlightSession]:
        return super().get_queryset().select_related("stream")

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        parameters=[_KEY],
        responses={200: IngestSerializer} | _REFUSALS,
    )
    def for_aircraft(self, request: Request, **kwargs: Any) -> Response:
        """Store points that name their flight or aircraft each."""
        return self._ingest(request, lambda: None)

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        parameters=[_KEY],
        responses={200: IngestSerializer} | _REFUSALS,
    )
    def for_flight(self, request: Request, **kwargs: Any) -> Response:
        """Store points of one flight."""
        return self._ingest(request, self.get_object)

    def _ingest(self, request: Request, find: Callable[[], FlightSession | None]) -> Response:
        """The database is asked nothing by whoever waits for a turn, or is sent away."""
        _require_length(request)
        body: Any = request.data
        if not isinstance(body, Body):
            raise Unreadable("There is no body.")
        _free_earlier_bodies(body)
        with turn(self.membership.organization_id, len(body.sent)):
            answer = ingest(
                kind=body.kind,
                body=body.take(),
                membership=self.membership,
                flight=find(),
                idempotency_key=_key(request),
            )
        return Response(answer)


def _free_earlier_bodies(body: Body) -> None:
    """Requests are cycles and keep their bodies until the collector looks, which counts objects
    and not bytes; a few milliseconds here spare hundreds of megabytes (config/wsgi.py)."""
    if len(body.sent) > LARGE_BODY_BYTES:
        gc.collect()


class LengthUnknown(DomainError):
    """The body came in chunks: without its length nothing of it would be read."""

    code = "length_required"
    status = 411


def _require_length(request: Request) -> None:
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        raise LengthUnknown("Send the body with its Content-Length, not in chunks.")


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Unreadable(f"Idempotency-Key must be at most {LONGEST_KEY} printable characters.")
    return key
