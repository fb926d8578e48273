"""The register of aircraft."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse

from aviation.fleet.choices import AircraftStatus, AircraftType
from aviation.fleet.querysets import AircraftQuerySet

MAINTENANCE_FROM, MAINTENANCE_UNTIL = date(1990, 1, 1), date(2199, 12, 31)
"""A next maintenance outside these is a slip of the pen."""


class Aircraft(models.Model):
    """One airframe, known by its registration."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    registration = models.CharField(
        max_length=40, help_text="The registration or operator's mark painted on it."
    )
    name = models.CharField(max_length=100, blank=True)
    serial_number = models.CharField(max_length=100, blank=True)
    aircraft_type = models.CharField(
        "type", max_length=20, choices=AircraftType, default=AircraftType.UNKNOWN
    )
    manufacturer = models.CharField(max_length=100, blank=True)
    model = models.CharField(max_length=100, blank=True)
    specifications = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=20, choices=AircraftStatus, default=AircraftStatus.ACTIVE)
    next_maintenance_on = models.DateField("next maintenance due (date)", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AircraftQuerySet.as_manager()

    class Meta:
        ordering = ("registration",)
        verbose_name_plural = "aircraft"
        constraints = (
            models.UniqueConstraint(
                Upper("registration"),
                name="aircraft_registration_unique",
                violation_error_message="There is an aircraft with this registration already.",
            ),
            models.CheckConstraint(
                condition=models.Q(aircraft_type__in=AircraftType.values),
                name="aircraft_type_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=AircraftStatus.values),
                name="aircraft_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(next_maintenance_on__isnull=True)
                | models.Q(next_maintenance_on__range=(MAINTENANCE_FROM, MAINTENANCE_UNTIL)),
                name="aircraft_maintenance_date_plausible",
                violation_error_message="The next maintenance must lie between 1990 and 2199.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.registration} ({self.name})" if self.name else self.registration

    def get_absolute_url(self) -> str:
        return reverse("aircraft-detail", kwargs={"aircraft_id": self.pk})
