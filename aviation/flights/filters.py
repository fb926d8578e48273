"""How the API's lists of flights and logs can be narrowed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django_filters.fields import IsoDateTimeField

from aviation.flights.choices import FlightState, LogState
from aviation.flights.models import FlightLog, FlightSession


class MomentField(IsoDateTimeField):  # type: ignore[misc]
    """A moment that is also one in UTC: 9999-12-31T23:59-12:00 is not."""

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            message, code = self.error_messages["invalid"], "invalid"
            raise ValidationError(message, code=code) from None


class MomentFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    field_class = MomentField


class FlightFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Other objects are named by id, so that no list of choices can show one out of sight."""

    aircraft = django_filters.UUIDFilter("aircraft_id", label="Id of an aircraft")
    pilot = django_filters.UUIDFilter("pilot_id", label="Id of a member")
    state = django_filters.ChoiceFilter(choices=FlightState.choices)
    has_flight = django_filters.BooleanFilter(label="Whether the aircraft left the ground")
    started_after = MomentFilter("started_at", "gte")
    started_before = MomentFilter("started_at", "lt")

    class Meta:
        model = FlightSession
        fields: list[str] = []


class FlightLogFilter(django_filters.FilterSet):  # type: ignore[misc]
    aircraft = django_filters.UUIDFilter("aircraft_id", label="Id of an aircraft")
    flight = django_filters.UUIDFilter("session_id", label="Id of a flight")
    state = django_filters.ChoiceFilter(choices=LogState.choices)
    sha256 = django_filters.CharFilter("sha256", "iexact", label="SHA-256 of the file, in hex")

    class Meta:
        model = FlightLog
        fields: list[str] = []
