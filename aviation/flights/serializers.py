"""Flights and logs as the API reads and writes them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from accounts.models import Membership
from accounts.roles import SEES_OWN_FLIGHTS_ONLY
from aviation.common.fields import VisibleRelation
from aviation.fleet.models import Aircraft
from aviation.fleet.serializers import AircraftBriefSerializer
from aviation.flights.models import FlightLog, FlightSession
from aviation.flights.progress import with_progress


class PersonSerializer(serializers.ModelSerializer[Membership]):
    """A member, by the id of the membership."""

    name = serializers.CharField(source="__str__")

    class Meta:
        model = Membership
        fields = ("id", "name")
        read_only_fields = fields


class FlightSerializer(serializers.ModelSerializer[FlightSession]):
    aircraft = AircraftBriefSerializer()
    pilot = PersonSerializer(allow_null=True)
    duration_s = serializers.FloatField(allow_null=True)

    class Meta:
        model = FlightSession
        fields = (
            "id",
            "aircraft",
            "pilot",
            "state",
            "has_flight",
            "started_at",
            "ended_at",
            "duration_s",
            "airborne_s",
            "distance_m",
            "max_height_m",
            "max_ground_speed_ms",
            "boot_at",
            "clock_source",
            "clock_uncertainty_s",
            "notes",
            "created_at",
        )
        read_only_fields = fields


class PilotRelation(VisibleRelation):
    """A current member of the same organization; a pilot may only name themselves."""

    default_error_messages = {"does_not_exist": "There is no such pilot here."}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"queryset": Membership.objects.all()} | options)

    def visible_to(self, membership: Membership) -> Any:
        people = Membership.objects.current().filter(organization=membership.organization)
        if membership.role in SEES_OWN_FLIGHTS_ONLY:
            return people.filter(pk=membership.pk)
        return people


class FlightInput(serializers.Serializer[FlightSession]):
    """A flight to be planned; with PATCH the parts of it that change."""

    aircraft = VisibleRelation(queryset=Aircraft.objects.all())
    pilot = PilotRelation(required=False)
    started_at = serializers.DateTimeField(help_text="When it is meant to start.")
    notes = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class MomentInput(serializers.Serializer[Any]):
    at = serializers.DateTimeField(required=False, help_text="When it happened; default: now.")


class ImportNoteSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    text = serializers.CharField()


class FlightLogSerializer(serializers.ModelSerializer[FlightLog]):
    """A log, its import report and how far its import has got."""

    aircraft = AircraftBriefSerializer()
    flight = serializers.UUIDField(source="session_id", allow_null=True)
    uploaded_by = PersonSerializer(allow_null=True)
    stage = serializers.CharField(
        allow_null=True, help_text="What the import is doing; null when it is over."
    )
    progress = serializers.FloatField(
        allow_null=True, help_text="From 0 to 1; null for a log that could not be read."
    )
    import_report = serializers.SerializerMethodField()
    status_url = serializers.SerializerMethodField()
    flight_url = serializers.SerializerMethodField()
    raw_url = serializers.SerializerMethodField()

    class Meta:
        model = FlightLog
        fields = (
            "id",
            "aircraft",
            "flight",
            "uploaded_by",
            "file_name",
            "size_bytes",
            "sha256",
            "format",
            "firmware",
            "hardware",
            "state",
            "stage",
            "progress",
            "error_code",
            "error_message",
            "import_report",
            "created_at",
            "imported_at",
            "status_url",
            "flight_url",
            "raw_url",
        )
        read_only_fields = fields

    def to_representation(self, instance: FlightLog) -> dict[str, Any]:
        told: dict[str, Any] = super().to_representation(with_progress(instance))
        return told

    @extend_schema_field(ImportNoteSerializer(many=True))
    def get_import_report(self, log: FlightLog) -> list[dict[str, Any]]:
        report: list[dict[str, Any]] = log.import_report
        return report

    def get_status_url(self, log: FlightLog) -> str:
        return self._url("api:flight-log-detail", log_id=log.pk)

    def get_flight_url(self, log: FlightLog) -> str | None:
        if log.session_id is None:
            return None
        return self._url("api:flight-detail", flight_id=log.session_id)

    def get_raw_url(self, log: FlightLog) -> str:
        return self._url("api:flight-log-raw", log_id=log.pk)

    def _url(self, name: str, **kwargs: Any) -> str:
        return reverse(name, kwargs=kwargs, request=self.context["request"])


class FlightLogInput(serializers.Serializer[FlightLog]):
    aircraft = VisibleRelation(queryset=Aircraft.objects.all())
    file = serializers.FileField(allow_empty_file=True, help_text="The log, byte for byte.")
