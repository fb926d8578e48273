"""How the API answers figures about the fleet.

Sums and averages are exact decimals and come as text, such as "12.3450": a JSON number would be
cut to a binary fraction by most programs that read it. Counts and percentiles are numbers. Null
means that nobody knows: nothing was assessed, or nothing measured.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from analytics.calculations.risk_profile import Trend
from analytics.calculations.wear import WearAction, WearLevel, WearSource
from analytics.models import DailyAnalyses, DailyAnomalies, DailyFlights
from aviation.fleet.choices import AircraftType


class ExactField(serializers.DecimalField):
    """A decimal with every place it has, as text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=None, decimal_places=None, **options)


class StandingSerializer(serializers.Serializer[Any]):
    """How fresh the figures are. Their age in seconds is in the header Figures-Age."""

    refreshed_at = serializers.DateTimeField(
        help_text="They hold everything stored before this moment."
    )
    is_stale = serializers.BooleanField(
        help_text="Something has changed since, and they should have been made anew by now."
    )
    failure = serializers.CharField(
        allow_blank=True, help_text="Why they are no newer; empty while nothing is wrong."
    )


class SpanSerializer(serializers.Serializer[Any]):
    start = serializers.DateField(help_text="First day.")
    end = serializers.DateField(help_text="The day after the last one.")


class AnswerSerializer(SpanSerializer):
    """What every answer about a period begins with."""

    figures = StandingSerializer()
    time_zone = serializers.CharField(help_text="Whose days these are, such as Europe/Zurich.")


class SummedSerializer(serializers.Serializer[Any]):
    """What was counted in a month or a whole period."""

    flights = serializers.IntegerField()
    active_aircraft = serializers.IntegerField(help_text="Different ones that flew.")
    timed_flights = serializers.IntegerField(help_text="Those whose time in the air is known.")
    airborne_s = ExactField()
    hours = ExactField(help_text="airborne_s / 3600, to four places.")
    distance_m = ExactField()
    distance_km = ExactField(help_text="distance_m / 1000, to four places.")
    analysed_flights = serializers.IntegerField()
    scored_flights = serializers.IntegerField(help_text="Those with a risk.")
    average_risk = ExactField(allow_null=True, help_text="0 to 1, of the scored flights.")
    high_risk_flights = serializers.IntegerField(
        allow_null=True, help_text="At level high or critical."
    )
    high_risk_share = ExactField(allow_null=True, help_text="0 to 1, of the scored flights.")
    anomalies = serializers.IntegerField(
        allow_null=True, help_text="Warnings and critical findings."
    )
    critical_anomalies = serializers.IntegerField(allow_null=True)


class SummaryMonthSerializer(SpanSerializer, SummedSerializer):
    """A calendar month, or the part of one that lies in the period."""


class SummarySerializer(AnswerSerializer):
    months = SummaryMonthSerializer(many=True)
    total = SummedSerializer()


class DailySerializer(serializers.ModelSerializer[Any]):
    aircraft = serializers.UUIDField(source="aircraft_id")
    registration = serializers.CharField(source="aircraft.registration")
    aircraft_type = serializers.ChoiceField(
        choices=AircraftType.choices, source="aircraft.aircraft_type"
    )


DAILY = ("day", "aircraft", "registration", "aircraft_type")


class DailyFlightsSerializer(DailySerializer):
    airborne_s = ExactField()
    distance_m = ExactField()
    duration_avg_s = ExactField(allow_null=True, help_text="Mean time in the air.")

    class Meta:
        model = DailyFlights
        fields = (
            *DAILY,
            "flights",
            "timed_flights",
            "airborne_s",
            "distance_m",
            "duration_avg_s",
            "duration_p95_s",
        )


class DailyAnalysesSerializer(DailySerializer):
    risk_sum = ExactField()
    risk_avg = ExactField(allow_null=True)

    class Meta:
        model = DailyAnalyses
        fields = (
            *DAILY,
            "analysed_flights",
            "scored_flights",
            "risk_sum",
            "risk_avg",
            "risk_max",
            "high_risk_flights",
        )


class DailyAnomaliesSerializer(DailySerializer):
    class Meta:
        model = DailyAnomalies
        fields = (*DAILY, "component", "severity", "anomalies")


class TypeRiskSerializer(serializers.Serializer[Any]):
    flights = serializers.IntegerField()
    scored_flights = serializers.IntegerField(help_text="Those with a risk.")
    average_risk = ExactField(allow_null=True, help_text="0 to 1, to four places.")
    high_risk_flights = serializers.IntegerField()
    critical_anomalies = serializers.IntegerField()
    trend = serializers.ChoiceField(choices=[(each.value, each.label) for each in Trend])
    change = ExactField(
        allow_null=True, help_text="Average of the last 7 days less that of the days before."
    )
    sentence = serializers.CharField()


class RiskOfTypeSerializer(TypeRiskSerializer):
    aircraft_type = serializers.ChoiceField(choices=AircraftType.choices)


class RiskProfileSerializer(AnswerSerializer):
    types = RiskOfTypeSerializer(many=True)
    whole = TypeRiskSerializer()


class WearPartSerializer(serializers.Serializer[Any]):
    source = serializers.ChoiceField(choices=[each.value for each in WearSource])  # type: ignore[assignment]
    points = ExactField()
    text = serializers.CharField()
    evidence = serializers.URLField(help_text="Where the things behind the points are listed.")


class WearSerializer(serializers.Serializer[Any]):
    aircraft = serializers.UUIDField()
    registration = serializers.CharField()
    aircraft_type = serializers.ChoiceField(choices=AircraftType.choices)
    score = ExactField()
    level = serializers.ChoiceField(choices=[each.value for each in WearLevel])
    action = serializers.ChoiceField(choices=[each.value for each in WearAction])
    is_assessed = serializers.BooleanField(
        help_text="False: no flight of the last 30 days was analysed, so a low score says little."
    )
    weights_version = serializers.IntegerField()
    sentence = serializers.CharField()
    parts = WearPartSerializer(many=True, help_text="Their points add up to the score.")


class WearListSerializer(serializers.Serializer[Any]):
    figures = StandingSerializer()
    time_zone = serializers.CharField()
    day = serializers.DateField(help_text="Today, from which the days count back.")
    aircraft = WearSerializer(many=True, help_text="The most worn first.")


class FlownSerializer(serializers.Serializer[Any]):
    flights = serializers.IntegerField()
    timed_flights = serializers.IntegerField(help_text="Those whose time in the air is known.")
    airborne_s = ExactField()
    distance_m = ExactField()


class FlownDaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    aircraft_type = serializers.ChoiceField(choices=AircraftType.choices)
    flown = FlownSerializer()


class MovingSerializer(serializers.Serializer[Any]):
    total = ExactField(help_text="Of the window: flights, or seconds in the air.")
    average = ExactField(help_text="A day of the window: flights, or hours in the air.")


class DayAveragesSerializer(serializers.Serializer[Any]):
    """Windows of 7 and 30 days that end with the day."""

    day = serializers.DateField()
    flights_7_days = MovingSerializer(source="week")
    flights_30_days = MovingSerializer(source="month")
    airborne_7_days = MovingSerializer(source="week_hours")
    airborne_30_days = MovingSerializer(source="month_hours")


class SpreadSerializer(serializers.Serializer[Any]):
    """Null where nothing is known."""

    count = serializers.IntegerField(help_text="Flights of which it is known.")
    p50 = serializers.FloatField(allow_null=True)
    p95 = serializers.FloatField(allow_null=True)
    p99 = serializers.FloatField(allow_null=True)


class ActivitySerializer(AnswerSerializer):
    flown = FlownSerializer()
    active_aircraft = serializers.IntegerField()
    airborne_now = serializers.IntegerField(
        help_text="Flights under way in the whole fleet, as you ask."
    )
    days = FlownDaySerializer(many=True, help_text="Days with flights only, by aircraft type.")
    moving_averages = DayAveragesSerializer(many=True, help_text="Of every day.")
    duration_s = SpreadSerializer()
    risk = SpreadSerializer()


class UseSerializer(serializers.Serializer[Any]):
    flown = FlownSerializer()
    days = serializers.IntegerField(help_text="Days with at least one flight.")
    of_days = serializers.IntegerField()
    share = ExactField(help_text="days / of_days, to four places.")


class AircraftUseSerializer(UseSerializer):
    aircraft = serializers.UUIDField()
    registration = serializers.CharField()
    aircraft_type = serializers.ChoiceField(choices=AircraftType.choices)


class PilotUseSerializer(UseSerializer):
    pilot = serializers.UUIDField(allow_null=True, help_text="Null: flights without a pilot.")
    name = serializers.CharField()


class UtilisationSerializer(AnswerSerializer):
    aircraft = AircraftUseSerializer(many=True, help_text="The busiest first; also the idle.")
    pilots = PilotUseSerializer(many=True)
