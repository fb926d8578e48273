"""The register of aircraft."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse

from aviation.fleet.choices import AircraftStatus, AircraftType
from aviation.fleet.querysets import AircraftQuerySet


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
        )

    def __str__(self) -> str:
        return f"{self.registration} ({self.name})" if self.name else self.registration

    def get_absolute_url(self) -> str:
        return reverse("aircraft-detail", kwargs={"aircraft_id": self.pk})
