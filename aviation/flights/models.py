"""Flights and the log files they come from."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import Membership
from aviation.fleet.models import Aircraft
from aviation.flights.choices import FlightClock, FlightState, LogState
from aviation.flights.querysets import FlightLogQuerySet, FlightQuerySet


class FlightSession(models.Model):
    """One flight of one aircraft: planned, in progress, then completed or aborted.

    A log in which the aircraft never left the ground is kept as a session with
    ``has_flight = False``; it counts towards no hours.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    aircraft = models.ForeignKey(Aircraft, on_delete=models.PROTECT, related_name="flights")
    pilot = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    state = models.CharField(max_length=20, choices=FlightState, default=FlightState.PLANNED)
    has_flight = models.BooleanField("left the ground", default=True)
    started_at = models.DateTimeField("start (UTC)")
    ended_at = models.DateTimeField("end (UTC)", null=True, blank=True)
    airborne_s = models.FloatField("time in the air [s]", null=True, blank=True)
    distance_m = models.FloatField("distance [m]", null=True, blank=True)
    max_height_m = models.FloatField("greatest height [m]", null=True, blank=True)
    max_ground_speed_ms = models.FloatField("greatest ground speed [m/s]", null=True, blank=True)
    boot_at = models.DateTimeField(null=True, blank=True, editable=False)
    clock_source = models.CharField(
        max_length=10, choices=FlightClock, default=FlightClock.MANUAL, editable=False
    )
    clock_uncertainty_s = models.FloatField(null=True, blank=True, editable=False)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FlightQuerySet.as_manager()

    class Meta:
        verbose_name = "flight"
        ordering = ("-started_at", "-id")
        indexes = (
            # The flights list, newest first, and its pages.
            models.Index(F("started_at").desc(), F("id").desc(), name="flight_newest_first"),
            # An aircraft's flights, newest first.
            models.Index(F("aircraft"), F("started_at").desc(), name="flight_of_aircraft"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=FlightState.values), name="flight_state_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="flight_ends_after_start",
                violation_error_message="A flight cannot end before it starts.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(FlightState.COMPLETED, FlightState.ABORTED))
                | Q(ended_at__isnull=False),
                name="flight_ended_has_end",
                violation_error_message="A flight that is over needs the time it ended.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.aircraft.registration}, {self.started_at:%-d %b %Y, %H:%M} UTC"

    def get_absolute_url(self) -> str:
        return reverse("flight-detail", kwargs={"flight_id": self.pk})

    @property
    def duration_s(self) -> float | None:
        """Seconds in the air; for a session without flight the length of its log."""
        if self.has_flight and self.airborne_s is not None:
            return self.airborne_s
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None

    @property
    def clock_note(self) -> str:
        if self.clock_source == FlightClock.UPLOAD:
            return "The log holds no date, so the day of upload stands here."
        if self.clock_uncertainty_s:
            return f"{self.get_clock_source_display()}, within {self.clock_uncertainty_s:.2g} s"
        return self.get_clock_source_display()


class FlightLog(models.Model):
    """An uploaded log file: the raw bytes are kept as they came, also when they can't be read."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(
        FlightSession, on_delete=models.CASCADE, related_name="logs", null=True, blank=True
    )
    aircraft = models.ForeignKey(Aircraft, on_delete=models.PROTECT, related_name="logs")
    uploaded_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True
    )
    file = models.FileField(max_length=300, help_text="Set through log_path() only.")
    file_name = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField("size [bytes]")
    sha256 = models.CharField("SHA-256", max_length=64)
    format = models.CharField(max_length=20, blank=True)
    firmware = models.CharField(max_length=200, blank=True)
    hardware = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=LogState, default=LogState.RECEIVED)
    error_code = models.CharField(max_length=50, blank=True)
    error_message = models.TextField(blank=True)
    import_report = models.JSONField(default=list, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then a worker has it, or is about to get it."
    )
    claimed_by = models.CharField(max_length=64, blank=True, help_text="Id of the worker's task.")
    created_at = models.DateTimeField(auto_now_add=True)
    imported_at = models.DateTimeField(null=True, blank=True)

    objects = FlightLogQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("sha256",),
                name="flight_log_content_unique",
                violation_error_message="This log was uploaded before.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=LogState.values), name="flight_log_state_known"
            ),
            models.CheckConstraint(condition=Q(size_bytes__gt=0), name="flight_log_not_empty"),
            models.CheckConstraint(
                condition=~Q(state=LogState.IMPORTED) | Q(session__isnull=False),
                name="flight_log_imported_has_flight",
            ),
        )
        indexes = (
            # The sweep for interrupted imports.
            models.Index(
                fields=("claimed_until",),
                name="flight_log_under_way",
                condition=Q(state__in=(LogState.RECEIVED, LogState.IMPORTING)),
            ),
            # The list of logs, newest first.
            models.Index(F("created_at").desc(), F("id").desc(), name="flight_log_newest_first"),
        )

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("log-detail", kwargs={"log_id": self.pk})

    @property
    def is_under_way(self) -> bool:
        return self.state in (LogState.RECEIVED, LogState.IMPORTING)
