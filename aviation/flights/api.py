"""The API's flights and flight logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.roles import Resource
from accounts.viewsets import OrganizationViewSet
from aviation.common.openapi import refusals
from aviation.common.problems import PROBLEM_JSON, problem
from aviation.common.rest import NewestFirstPagination
from aviation.flights.deleting import delete_flight
from aviation.flights.delivery import raw_log_response
from aviation.flights.editing import change_flight
from aviation.flights.filters import FlightFilter, FlightLogFilter
from aviation.flights.logs import DuplicateLog, receive_log, retry_import
from aviation.flights.models import FlightLog, FlightSession
from aviation.flights.serializers import (
    FlightInput,
    FlightLogInput,
    FlightLogSerializer,
    FlightSerializer,
    MomentInput,
)
from aviation.flights.services import abort_flight, complete_flight, plan_flight, start_flight


class NewestFlightFirst(NewestFirstPagination):
    """Flights by their start, as their own list and its index have them."""

    ordering = ("-started_at", "-id")


class FlightViewSet(ListModelMixin, RetrieveModelMixin, OrganizationViewSet):
    """The organization's flights, as far as the member sees them."""

    resource = Resource.FLIGHT
    queryset = FlightSession.objects.select_related("aircraft", "pilot__user")
    serializer_class = FlightSerializer
    filterset_class = FlightFilter
    pagination_class = NewestFlightFirst
    lookup_url_kwarg = "flight_id"

    @extend_schema(request=FlightInput, responses={201: FlightSerializer})
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Plan a flight."""
        values = self.read_input(FlightInput, request)
        flight = plan_flight(membership=self.membership, **values)
        place = reverse("api:flight-detail", kwargs={"flight_id": flight.pk}, request=request)
        return Response(
            self.get_serializer(flight).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": place},
        )

    @extend_schema(request=FlightInput, responses={200: FlightSerializer} | refusals(409))
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change notes and pilot; aircraft and start only while the flight is planned."""
        flight = self.get_object()
        values = self.read_input(FlightInput, request, partial=True)
        change_flight(flight=flight, membership=self.membership, **values)
        return self._present(flight)

    @extend_schema(responses={204: None} | refusals(409))
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Delete a flight with its logs, telemetry and analyses; nothing brings them back."""
        delete_flight(flight=self.get_object(), membership=self.membership)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=MomentInput, responses={200: FlightSerializer} | refusals(409, 422))
    def start(self, request: Request, **kwargs: Any) -> Response:
        """A planned flight departs."""
        return self._move(start_flight, request)

    @extend_schema(request=MomentInput, responses={200: FlightSerializer} | refusals(409, 422))
    def complete(self, request: Request, **kwargs: Any) -> Response:
        """A flight in progress has ended as it should."""
        return self._move(complete_flight, request)

    @extend_schema(request=MomentInput, responses={200: FlightSerializer} | refusals(409, 422))
    def abort(self, request: Request, **kwargs: Any) -> Response:
        """A flight is broken off, in the air or before it began."""
        return self._move(abort_flight, request)

    def _move(self, act: Callable[..., FlightSession], request: Request) -> Response:
        flight = self.get_object()
        values = self.read_input(MomentInput, request)
        act(flight=flight, membership=self.membership, **values)
        return self._present(flight)

    def _present(self, flight: FlightSession) -> Response:
        """The flight as it now stands."""
        current = self.get_queryset().get(pk=flight.pk)
        return Response(self.get_serializer(current).data)


class FlightLogViewSet(ListModelMixin, RetrieveModelMixin, OrganizationViewSet):
    """The log files people brought, and how far reading them has got."""

    resource = Resource.FLIGHT_LOG
    queryset = FlightLog.objects.select_related("aircraft", "uploaded_by__user")
    serializer_class = FlightLogSerializer
    filterset_class = FlightLogFilter
    lookup_url_kwarg = "log_id"
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": FlightLogInput},
        responses={201: FlightLogSerializer} | refusals(409, 413, 422),
    )
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Bring a log: it is kept at once and read in the background; follow ``status_url``."""
        values = self.read_input(FlightLogInput, request)
        file = values["file"]
        try:
            log = receive_log(
                file=file,
                file_name=file.name,
                aircraft=values["aircraft"],
                membership=self.membership,
            )
        except DuplicateLog as error:
            return self._refuse_duplicate(error)
        body = self._describe(log)
        headers = {"Location": body["status_url"]}
        return Response(body, status=status.HTTP_201_CREATED, headers=headers)

    @extend_schema(request=None, responses={200: FlightLogSerializer} | refusals(409))
    def retry(self, request: Request, **kwargs: Any) -> Response:
        """Read a log once more that could not be read."""
        log = self.get_object()
        retry_import(log=log, membership=self.membership)
        return Response(self._describe(self.get_queryset().get(pk=log.pk)))

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def raw(self, request: Request, **kwargs: Any) -> FileResponse:
        """The file as it came, byte for byte."""
        return raw_log_response(self.get_object())

    def _describe(self, log: FlightLog) -> dict[str, Any]:
        body: dict[str, Any] = self.get_serializer(log).data
        return body

    def _refuse_duplicate(self, error: DuplicateLog) -> Response:
        """Names the earlier log, to those who may see it."""
        body = problem(error.status, error.code, error.message)
        known = self.get_queryset().filter(pk=error.log.pk).first()
        if known is not None:
            described = self._describe(known)
            body |= {name: described[name] for name in ("id", "status_url", "flight_url")}
        return Response(body, status=error.status, content_type=PROBLEM_JSON)
