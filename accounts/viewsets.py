"""The base of the API's viewsets: one organization's objects, as far as the member sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from accounts import openapi as openapi  # registers how signing in is described
from accounts.api_views import OrganizationAPIView
from aviation.common.openapi import ApiSchema
from aviation.common.parsers import BoundedJSONParser


class OrganizationViewSet(OrganizationAPIView, GenericViewSet[Any]):
    """Set ``queryset`` to one with ``visible_to(membership)``; its model feeds the API's page."""

    schema = ApiSchema()
    parser_classes: Sequence[type[BaseParser]] = (BoundedJSONParser,)
    metadata_class = None

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().visible_to(self.membership)  # type: ignore[attr-defined, no-any-return]

    def read_input(
        self, kind: type[serializers.Serializer[Any]], request: Request, *, partial: bool = False
    ) -> dict[str, Any]:
        """The request's values, checked by ``kind``. Raises ValidationError."""
        given = kind(data=request.data, partial=partial, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = given.validated_data
        return values
