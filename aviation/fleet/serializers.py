"""Aircraft as the API reads and writes them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from aviation.fleet.models import Aircraft
from aviation.fleet.specifications import check_specifications

_ENTERED = (
    "registration",
    "name",
    "serial_number",
    "aircraft_type",
    "manufacturer",
    "model",
    "specifications",
    "status",
    "next_maintenance_on",
)


class AircraftSerializer(serializers.ModelSerializer[Aircraft]):
    class Meta:
        model = Aircraft
        fields = ("id", *_ENTERED, "created_at")
        read_only_fields = fields


class AircraftBriefSerializer(serializers.ModelSerializer[Aircraft]):
    """Enough of an aircraft to show beside a flight."""

    class Meta:
        model = Aircraft
        fields = ("id", "registration", "name")
        read_only_fields = fields


@extend_schema_field(OpenApiTypes.OBJECT)
class SpecificationsField(serializers.JSONField):
    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value: Any = super().to_internal_value(data)
        try:
            return check_specifications(value)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class AircraftInput(serializers.ModelSerializer[Aircraft]):
    """What a fleet manager enters. Whether the registration is free is for the service to say."""

    specifications = SpecificationsField(required=False)

    class Meta:
        model = Aircraft
        fields = _ENTERED
