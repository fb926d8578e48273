from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import models

from aviation.fleet.choices import AircraftStatus

if TYPE_CHECKING:
    from accounts.models import Membership
    from aviation.fleet.models import Aircraft  # noqa: F401 - named in strings below


class AircraftQuerySet(models.QuerySet["Aircraft"]):
    def visible_to(self, membership: Membership) -> AircraftQuerySet:
        """All aircraft of the organization: every role sees the fleet."""
        return self if membership.ended_at is None else self.none()

    def flyable(self) -> AircraftQuerySet:
        return self.exclude(status=AircraftStatus.RETIRED)

    def maintenance_overdue(self, on: date) -> AircraftQuerySet:
        """Those whose maintenance was due before the day ``on``."""
        return self.filter(next_maintenance_on__lt=on)

    def maintenance_due_within(self, days: int, on: date) -> AircraftQuerySet:
        """Those whose maintenance falls on the day ``on`` or the ``days`` after it."""
        return self.filter(next_maintenance_on__range=(on, on + timedelta(days=days)))
