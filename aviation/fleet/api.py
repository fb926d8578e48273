"""The API's aircraft."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.answers.reads import CachedReads
from accounts.roles import Resource
from accounts.viewsets import OrganizationViewSet
from aviation.common.openapi import refusals
from aviation.fleet.filters import AircraftFilter
from aviation.fleet.models import Aircraft
from aviation.fleet.serializers import AircraftInput, AircraftSerializer
from aviation.fleet.services import change_aircraft, register_aircraft, remove_aircraft


class AircraftViewSet(CachedReads, ListModelMixin, RetrieveModelMixin, OrganizationViewSet):
    """The organization's aircraft."""

    resource = Resource.AIRCRAFT
    cache_policy = "aircraft_registry"
    is_same_for_all = True
    queryset = Aircraft.objects.all()
    serializer_class = AircraftSerializer
    filterset_class = AircraftFilter
    lookup_url_kwarg = "aircraft_id"

    @extend_schema(request=AircraftInput, responses={201: AircraftSerializer} | refusals(409))
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Enter an aircraft into the register."""
        values = self.read_input(AircraftInput, request)
        aircraft = register_aircraft(membership=self.membership, **values)
        place = reverse("api:aircraft-detail", kwargs={"aircraft_id": aircraft.pk}, request=request)
        return Response(
            self.get_serializer(aircraft).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": place},
        )

    @extend_schema(request=AircraftInput, responses={200: AircraftSerializer} | refusals(409))
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change some of an aircraft's fields."""
        aircraft = self.get_object()
        values = self.read_input(AircraftInput, request, partial=True)
        changed = change_aircraft(aircraft=aircraft, membership=self.membership, **values)
        return Response(self.get_serializer(changed).data)

    @extend_schema(responses={204: None} | refusals(409))
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Remove an aircraft that has neither flights nor logs; others are retired instead."""
        remove_aircraft(aircraft=self.get_object(), membership=self.membership)
        return Response(status=status.HTTP_204_NO_CONTENT)
