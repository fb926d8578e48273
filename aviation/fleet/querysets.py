from __future__ import annotations

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
