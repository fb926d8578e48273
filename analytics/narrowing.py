"""Which aircraft figures are asked of."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TypeVar

from django.db import models

from aviation.fleet.models import Aircraft
from aviation.fleet.querysets import AircraftQuerySet

Rows = TypeVar("Rows", bound=models.QuerySet)  # type: ignore[type-arg]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """All aircraft, unless one of the two is given; both given, an aircraft must fit both."""

    aircraft_id: uuid.UUID | None = None
    aircraft_type: str = ""

    def applied(self, rows: Rows) -> Rows:
        """Those of ``rows``, which have an ``aircraft``, that are asked for."""
        if self.aircraft_id is not None:
            rows = rows.filter(aircraft_id=self.aircraft_id)
        if self.aircraft_type:
            of_type = Aircraft.objects.filter(aircraft_type=self.aircraft_type)
            # Named one by one, never joined: analytics/reading/types.py says why.
            rows = rows.filter(aircraft_id__in=list(of_type.values_list("pk", flat=True)))
        return rows

    def of_fleet(self, fleet: AircraftQuerySet) -> AircraftQuerySet:
        """The aircraft themselves."""
        if self.aircraft_id is not None:
            fleet = fleet.filter(pk=self.aircraft_id)
        return fleet.filter(aircraft_type=self.aircraft_type) if self.aircraft_type else fleet

    def fits(self, aircraft_id: uuid.UUID, aircraft_type: str) -> bool:
        is_it = self.aircraft_id in (None, aircraft_id)
        return is_it and self.aircraft_type in ("", aircraft_type)


WHOLE_FLEET = Narrowing()
