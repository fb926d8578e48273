"""What the API's reading routes are asked, and how they answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from rest_framework import serializers

from aviation.telemetry.channels import label_of, spec_of
from aviation.telemetry.reading.channel_figures import ChannelStatistics
from aviation.telemetry.reading.export_formats import ExportFile
from aviation.telemetry.reading.nearby import Passage
from aviation.telemetry.reading.span import Span
from aviation.telemetry.serializers import FiniteField, PointsField, SpanQuery

MAX_WINDOW_S = 3_600
USUAL_DAYS, MAX_DAYS = 30, 366
MAX_RADIUS_M = 100_000
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class StatisticsQuery(SpanQuery):
    """A stretch of a flight; ``window_s`` asks for moving averages as well."""

    window_s = FiniteField(
        required=False,
        min_value=0.001,
        max_value=MAX_WINDOW_S,
        help_text="Also answer moving averages: at each row the mean of so many seconds about it.",
    )
    max_points = PointsField()


class ExportQuery(SpanQuery):
    file = serializers.ChoiceField(
        choices=[kind.value for kind in ExportFile], default=ExportFile.CSV.value
    )


class ChannelStatisticsSerializer(serializers.Serializer[Any]):
    """Null where the channel has no value in the stretch."""

    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()
    count = serializers.IntegerField(help_text="Rows in which the channel has a value.")
    min = serializers.FloatField(allow_null=True)
    max = serializers.FloatField(allow_null=True)
    mean = serializers.FloatField(allow_null=True)
    standard_deviation = serializers.FloatField(allow_null=True)
    p50 = serializers.FloatField(allow_null=True, help_text="Half of the values are lower.")
    p95 = serializers.FloatField(allow_null=True)
    p99 = serializers.FloatField(allow_null=True)
    first_at = serializers.DateTimeField(allow_null=True)
    last_at = serializers.DateTimeField(allow_null=True)
    mean_direction_deg = serializers.FloatField(
        allow_null=True, help_text="Of headings: 359 and 1 make 0, not 180."
    )


class MovingAverageSerializer(serializers.Serializer[Any]):
    window_s = serializers.FloatField()
    rows_total = serializers.IntegerField(help_text="Rows in the stretch before thinning.")
    is_downsampled = serializers.BooleanField()
    time_s = serializers.ListField(child=serializers.FloatField())
    channels = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True))
    )


class StatisticsSerializer(serializers.Serializer[Any]):
    flight = serializers.UUIDField()
    channels = serializers.DictField(child=ChannelStatisticsSerializer())
    moving_average = MovingAverageSerializer(allow_null=True)


class PositionSerializer(serializers.Serializer[Any]):
    """Where an aircraft was last. What it did not tell is null."""

    aircraft = serializers.UUIDField(source="aircraft_id")
    registration = serializers.CharField()
    name = serializers.CharField()
    aircraft_type = serializers.CharField()
    flight = serializers.UUIDField(source="flight_id")
    at = serializers.DateTimeField()
    age_s = serializers.FloatField(help_text="Seconds since then.")
    is_live = serializers.BooleanField(help_text="Its flight is under way and it sends.")
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    altitude_m = serializers.FloatField(allow_null=True)
    height_m = serializers.FloatField(allow_null=True)
    ground_speed_ms = serializers.FloatField(allow_null=True)
    heading_deg = serializers.FloatField(allow_null=True, help_text="0 to 360.")
    battery_percentage = serializers.FloatField(allow_null=True)
    battery_voltage_v = serializers.FloatField(allow_null=True)


class PositionsSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(help_text="When this was asked: ages count from here.")
    positions = PositionSerializer(many=True)


class MomentField(serializers.DateTimeField):
    """A moment that leaves room for a window on either side."""

    def __init__(self, **options: Any) -> None:
        checks = [MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]
        super().__init__(required=False, validators=checks, **options)


class NearbyQuery(serializers.Serializer[Any]):
    """A place, how far from it, and when."""

    latitude = FiniteField(min_value=-90, max_value=90)
    longitude = FiniteField(min_value=-180, max_value=180)
    radius_m = FiniteField(min_value=1, max_value=MAX_RADIUS_M)
    start = MomentField(help_text=f"Without it, {USUAL_DAYS} days before the end.")
    end = MomentField(help_text="Without it, now.")
    limit = serializers.IntegerField(required=False, default=100, min_value=1, max_value=500)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = window_of(attrs)
        if end < start:
            raise serializers.ValidationError("The window ends before it starts.")
        if end - start > timedelta(days=MAX_DAYS):
            raise serializers.ValidationError(f"Ask for at most {MAX_DAYS} days.")
        return attrs | {"start": start, "end": end}


def window_of(asked: dict[str, Any]) -> Span:
    end = asked.get("end") or timezone.now()
    return asked.get("start") or end - timedelta(days=USUAL_DAYS), end


class PassageSerializer(serializers.Serializer[Any]):
    """The nearest recorded point of a flight."""

    flight = serializers.UUIDField(source="flight_id")
    started_at = serializers.DateTimeField()
    aircraft = serializers.UUIDField(source="aircraft_id")
    registration = serializers.CharField()
    distance_m = serializers.FloatField()
    at = serializers.DateTimeField()


class NearbySerializer(serializers.Serializer[Any]):
    """Nearest first."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    is_complete = serializers.BooleanField(help_text="False: there are more, further away.")
    flights = PassageSerializer(many=True)
    aircraft = PassageSerializer(many=True, help_text="Of each aircraft its nearest passage.")


def as_channels(figures: dict[str, ChannelStatistics]) -> dict[str, dict[str, Any]]:
    """Statistics in the shape of StatisticsSerializer's ``channels``."""
    names = ChannelStatistics.__slots__
    return {
        channel: {"label": label_of(channel), "unit": spec_of(channel).unit}
        | {name: getattr(each, name) for name in names}
        for channel, each in figures.items()
    }


def as_nearby(
    span: Span, flights: list[Passage], aircraft: list[Passage], *, is_complete: bool
) -> dict[str, Any]:
    shown = {
        "start": span[0],
        "end": span[1],
        "is_complete": is_complete,
        "flights": flights,
        "aircraft": aircraft,
    }
    return dict(NearbySerializer(shown).data)
