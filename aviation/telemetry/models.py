"""The stored history of flights, what streams bring to it, and what is made of it for pages."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.telemetry.choices import Rejection
from aviation.telemetry.cold.models import ColdFile as ColdFile
from aviation.telemetry.cold.models import KeptInTable as KeptInTable


class TelemetryPoint(models.Model):
    """One moment of a flight. Partitioned by month; the table is made by SQL (see sql/).

    Columns are named after the canonical channels and carry their units; what has no column of
    its own stands in ``extras`` under its canonical name.
    """

    pk = models.CompositePrimaryKey("session", "timestamp")
    session = models.ForeignKey(FlightSession, on_delete=models.DO_NOTHING, related_name="points")
    timestamp = models.DateTimeField()
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    altitude_m = models.FloatField(null=True)
    height_m = models.FloatField(null=True)
    ground_speed_ms = models.FloatField(null=True)
    airspeed_ms = models.FloatField(null=True)
    vertical_speed_ms = models.FloatField(null=True)
    roll_deg = models.FloatField(null=True)
    pitch_deg = models.FloatField(null=True)
    yaw_deg = models.FloatField(null=True)
    battery_voltage_v = models.FloatField(null=True)
    battery_current_a = models.FloatField(null=True)
    battery_percentage = models.FloatField(null=True)
    vibration_x_ms2 = models.FloatField(null=True)
    vibration_y_ms2 = models.FloatField(null=True)
    vibration_z_ms2 = models.FloatField(null=True)
    gps_hdop = models.FloatField(null=True)
    gps_satellites = models.SmallIntegerField(null=True)
    gps_fix_type = models.SmallIntegerField(null=True)
    motor_rpm = ArrayField(models.FloatField(null=True), null=True)
    extras = models.JSONField(null=True)
    sequence = models.BigIntegerField(
        null=True, help_text="The sender's number; it orders points where its clock jumped."
    )
    flags = models.SmallIntegerField(null=True, help_text="Bits of telemetry.choices.PointFlag.")

    class Meta:
        managed = False
        db_table = "telemetry_point"


class FlightOverview(models.Model):
    """The charts of a whole flight, ready to send: made once at import, never by a page view."""

    session = models.OneToOneField(
        FlightSession, on_delete=models.CASCADE, primary_key=True, related_name="overview"
    )
    payload = models.BinaryField(help_text="gzip of the JSON document the flight page draws")
    etag = models.CharField(max_length=64)
    row_count = models.PositiveIntegerField()
    channels = ArrayField(models.CharField(max_length=60), default=list)
    first_point_at = models.DateTimeField(
        null=True, help_text="No row lies before: only the months from here on are opened."
    )
    last_point_at = models.DateTimeField(null=True, help_text="No row lies after.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Charts of {self.session_id}"


class StreamedFlight(models.Model):
    """A flight whose points are sent while it lasts, and where its aircraft was last."""

    session = models.OneToOneField(
        FlightSession, on_delete=models.CASCADE, primary_key=True, related_name="stream"
    )
    aircraft = models.ForeignKey(Aircraft, on_delete=models.CASCADE, related_name="streams")
    point_count = models.BigIntegerField(default=0)
    first_point_at = models.DateTimeField()
    last_point_at = models.DateTimeField(help_text="The newest point's own time.")
    last_received_at = models.DateTimeField()
    last_sequence = models.BigIntegerField(null=True)
    last_sequence_at = models.DateTimeField(
        null=True, help_text="What its clock showed at the highest number: going back shows here."
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    finished_count = models.BigIntegerField(
        null=True, help_text="How many points it had when charts and analysis were made of it."
    )
    finish_attempts = models.PositiveSmallIntegerField(default=0)
    jump_count = models.PositiveIntegerField(default=0)
    late_count = models.PositiveIntegerField(default=0)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    altitude_m = models.FloatField(null=True)
    height_m = models.FloatField(null=True)
    ground_speed_ms = models.FloatField(null=True)
    yaw_deg = models.FloatField(null=True)
    battery_percentage = models.FloatField(null=True)
    battery_voltage_v = models.FloatField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("aircraft",),
                condition=models.Q(closed_at=None),
                name="streamed_flight_one_open",
            ),
        )
        indexes = (
            # The live map: who sent something lately.
            models.Index(fields=("-last_received_at",), name="streamed_flight_lately"),
            # Where an aircraft was last, and which stream its next points continue.
            models.Index(fields=("aircraft", "-last_point_at"), name="streamed_flight_newest"),
            # The clock that ends silent flights and finishes those that are over.
            models.Index(
                fields=("last_received_at",),
                name="streamed_flight_unfinished",
                condition=models.Q(finished_count=None)
                | models.Q(finished_count__lt=models.F("point_count")),
            ),
        )

    def __str__(self) -> str:
        return f"stream of {self.session_id}"


class QuarantinedPoint(models.Model):
    """A point that was sent and not accepted, kept with the reason until it is let in or old."""

    id = models.BigAutoField(primary_key=True)
    received_at = models.DateTimeField(auto_now_add=True)
    session = models.ForeignKey(
        FlightSession, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    aircraft = models.ForeignKey(
        Aircraft, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    position = models.PositiveIntegerField("place in its batch", help_text="From 0.")
    code = models.CharField("reason", max_length=30, choices=Rejection)
    detail = models.CharField(max_length=300)
    point = models.JSONField(help_text="As it was sent, shortened where it was huge.")
    replayed_at = models.DateTimeField("let in at", null=True, blank=True)

    class Meta:
        verbose_name = "refused point"
        ordering = ("-id",)
        indexes = (models.Index(fields=("received_at",), name="quarantine_by_age"),)

    def __str__(self) -> str:
        return f"point {self.position} of {self.received_at:%Y-%m-%d %H:%M:%S}"


class IngestReceipt(models.Model):
    """What a batch with an Idempotency-Key was answered: sent again, it gets the same answer."""

    key_digest = models.BinaryField(max_length=32, primary_key=True)
    body_digest = models.BinaryField(max_length=32)
    answer = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (models.Index(fields=("created_at",), name="ingest_receipt_by_age"),)

    def __str__(self) -> str:
        return f"batch of {self.created_at:%Y-%m-%d %H:%M:%S}"


class FlightQuality(models.Model):
    """How good a flight's recording is, 0 to 100, with the parts the figure is made of."""

    session = models.OneToOneField(
        FlightSession, on_delete=models.CASCADE, primary_key=True, related_name="quality"
    )
    score = models.PositiveSmallIntegerField()
    parts = models.JSONField(help_text="A list of name, score, weight and sentence.")
    version = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "data quality"
        verbose_name_plural = "data quality"

    def __str__(self) -> str:
        return f"{self.score} of 100"
