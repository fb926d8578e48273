"""How the API's list of aircraft can be narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from aviation.fleet.choices import AircraftStatus, AircraftType
from aviation.fleet.models import Aircraft

MAX_WORDS = 10


class AircraftFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(
        method="search", label="Words in registration, name, serial number, maker or model"
    )
    status = django_filters.ChoiceFilter(choices=AircraftStatus.choices)
    aircraft_type = django_filters.ChoiceFilter(choices=AircraftType.choices)

    maintenance_after = django_filters.DateFilter(
        "next_maintenance_on", "gte", label="Next maintenance due on this day or later"
    )
    maintenance_before = django_filters.DateFilter(
        "next_maintenance_on", "lt", label="Next maintenance due before this day"
    )

    class Meta:
        model = Aircraft
        fields: list[str] = []

    def search(self, fleet: QuerySet[Aircraft], name: str, text: str) -> QuerySet[Aircraft]:
        """Every word must stand somewhere in the aircraft's own words."""
        for word in text.split()[:MAX_WORDS]:
            fleet = fleet.filter(_has_word(word))
        return fleet


def _has_word(word: str) -> Any:
    fields = ("registration", "name", "serial_number", "manufacturer", "model")
    found = Q()
    for field in fields:
        found |= Q(**{f"{field}__icontains": word})
    return found
