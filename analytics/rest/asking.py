"""What the API's analytics routes can be asked: a period in local days, a type, an aircraft."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rest_framework import serializers

from analytics.narrowing import Narrowing
from analytics.periods import Period, last_days, months, spanning
from analytics.reading.executive import MONTHS
from aviation.fleet.choices import AircraftType

USUAL_DAYS, LONGEST_DAYS = 30, 3_653
EARLIEST, LATEST = date(1990, 1, 1), date(2200, 1, 1)


class NarrowingQuery(serializers.Serializer[Any]):
    """Which aircraft. An id that is none of the organization's finds nothing."""

    aircraft_type = serializers.ChoiceField(
        choices=AircraftType.choices, required=False, help_text="Only aircraft of this type."
    )
    aircraft = serializers.UUIDField(required=False, help_text="Only the aircraft with this id.")

    @property
    def narrowing(self) -> Narrowing:
        asked = self.validated_data
        return Narrowing(asked.get("aircraft"), asked.get("aircraft_type", ""))


class PeriodQuery(NarrowingQuery):
    """And which days, in the organization's own time zone."""

    start = serializers.DateField(
        required=False, help_text=f"First day. Without it, {USUAL_DAYS} days before the end."
    )
    end = serializers.DateField(
        required=False, help_text="The day after the last one. Without it, tomorrow."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("start", "end"):
            if name in attrs and not EARLIEST <= attrs[name] <= LATEST:
                raise serializers.ValidationError({name: "This day is out of reach."})
        return attrs

    def period(self, at: datetime, tz: ZoneInfo) -> Period:
        """The days asked for; ``at`` says which day is today. Raises ValidationError."""
        usual = self.usual(at, tz)
        end = self.validated_data.get("end", usual.end)
        start = self.validated_data.get("start", self.usual_start(usual, end))
        if not start < end:
            raise serializers.ValidationError({"end": "The period ends before it starts."})
        if (end - start).days > LONGEST_DAYS:
            raise serializers.ValidationError({"start": f"Ask for at most {LONGEST_DAYS} days."})
        return Period(start, end, tz)

    def usual(self, at: datetime, tz: ZoneInfo) -> Period:
        return last_days(USUAL_DAYS, at, tz)

    def usual_start(self, usual: Period, end: date) -> date:
        """As many days before ``end`` as is usual."""
        return end - (usual.end - usual.start)


class SummaryQuery(PeriodQuery):
    """Without days: the twelve calendar months that end with the running one."""

    def usual(self, at: datetime, tz: ZoneInfo) -> Period:
        return spanning(months(MONTHS, at, tz))
