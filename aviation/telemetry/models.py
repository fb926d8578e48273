"""The stored history of flights: rows at up to 10 Hz, and one overview for the charts."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from aviation.flights.models import FlightSession


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
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Charts of {self.session_id}"
