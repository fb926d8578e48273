"""What the API's telemetry window is asked, and how it answers."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from rest_framework import serializers

from aviation.common.errors import Rejected
from aviation.flights.models import FlightSession
from aviation.telemetry.record import FloatArray
from aviation.telemetry.windows import Window, is_stored

DEFAULT_POINTS, MAX_POINTS = 2_000, 20_000
MAX_CHANNELS = 100
DECIMALS = {"latitude": 7, "longitude": 7}
OTHER_DECIMALS = 4
FAR_S = 1e9
"""Any boot clock's seconds are less: about 30 years."""


class FiniteField(serializers.FloatField):
    """A number; ``nan`` and ``inf``, which Python reads as numbers, are refused."""

    def to_internal_value(self, data: Any) -> float:
        value = super().to_internal_value(data)
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class SecondsField(FiniteField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=-FAR_S, max_value=FAR_S, required=False, **options)


class SpanQuery(serializers.Serializer[Any]):
    """A stretch by seconds on the log's boot clock or by UTC moments, ends included."""

    start_s = SecondsField(help_text="From this second on the log's boot clock.")
    end_s = SecondsField(help_text="To this second on the log's boot clock.")
    start = serializers.DateTimeField(required=False, help_text="From this moment.")
    end = serializers.DateTimeField(required=False, help_text="To this moment.")
    channels = serializers.CharField(
        required=False,
        max_length=4_000,
        help_text="Channel names separated by commas; without them all that were recorded.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("start", "end"):
            if name in attrs and f"{name}_s" in attrs:
                raise serializers.ValidationError(f"Give either {name} or {name}_s.")
        return attrs


class PointsField(serializers.IntegerField):
    """How many rows the answer may have."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            default=DEFAULT_POINTS,
            min_value=2,
            max_value=MAX_POINTS,
            help_text="Longer windows are thinned to this many rows; every peak is kept.",
            **options,
        )


class TelemetryQuery(SpanQuery):
    """The window, and how many rows of it."""

    max_points = PointsField()


class TelemetrySerializer(serializers.Serializer[Any]):
    """Columns of equal length; a channel holds null where nothing was recorded."""

    flight = serializers.UUIDField()
    boot_at = serializers.DateTimeField(allow_null=True, help_text="When second 0 was.")
    rows_total = serializers.IntegerField(help_text="Rows in the window before thinning.")
    is_downsampled = serializers.BooleanField()
    time_s = serializers.ListField(child=serializers.FloatField())
    channels = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True))
    )


def span_of(
    query: dict[str, Any], flight: FlightSession
) -> tuple[datetime | None, datetime | None]:
    """The asked-for window as UTC moments. Raises Rejected when it ends before it starts."""
    start, end = (_moment(query, name, flight) for name in ("start", "end"))
    if start is not None and end is not None and end < start:
        raise Rejected("The window ends before it starts.", code="empty_window")
    return start, end


def _moment(query: dict[str, Any], name: str, flight: FlightSession) -> datetime | None:
    second: float | None = query.get(f"{name}_s")
    if second is None or flight.boot_at is None:
        moment: datetime | None = query.get(name)
        return moment
    return flight.boot_at + timedelta(seconds=second)


def chosen_channels(asked: str | None, recorded: list[str]) -> list[str]:
    """The channels to read, each once. Raises Rejected for names that mean nothing here."""
    if asked is None:
        return recorded
    names = list(dict.fromkeys(name.strip() for name in asked.split(",") if name.strip()))
    unknown = [name for name in names if not is_stored(name)]
    if unknown:
        raise Rejected(
            f"There is no channel {', '.join(unknown)}. "
            f"Recorded in this flight: {', '.join(recorded) or 'none'}.",
            code="unknown_channel",
        )
    if len(names) > MAX_CHANNELS:
        raise Rejected(f"Ask for at most {MAX_CHANNELS} channels.", code="too_many_channels")
    return names


def as_columns(flight: FlightSession, window: Window) -> dict[str, Any]:
    """The window in the shape of TelemetrySerializer."""
    return {
        "flight": str(flight.pk),
        "boot_at": flight.boot_at,
        "rows_total": window.rows_total,
        "is_downsampled": window.is_downsampled,
        "time_s": np.round(window.time_s, 3).tolist(),
        "channels": {
            name: _with_nulls(column, DECIMALS.get(name, OTHER_DECIMALS))
            for name, column in zip(window.channels, window.values.T, strict=True)
        },
    }


def _with_nulls(column: FloatArray, decimals: int) -> list[float | None]:
    values = np.round(column, decimals).astype(object)
    values[np.isnan(column)] = None
    listed: list[float | None] = values.tolist()
    return listed
