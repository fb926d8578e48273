"""How much each aircraft and each pilot flew."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from accounts.models import Membership
from analytics.figures import NO_PILOT, DailyFlights, DailyPilots
from analytics.narrowing import WHOLE_FLEET, Narrowing
from analytics.periods import Period
from analytics.reading.activity import Flown
from analytics.reading.aggregates import exact_sum, known
from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession

Row = Mapping[str, Any]
GONE = "Somebody removed"
"""A pilot whom the figures, not yet made anew, still name."""


@dataclass(frozen=True, slots=True)
class Use:
    """``days`` are local days with at least one flight, of ``of_days`` in the period."""

    flown: Flown
    days: int
    of_days: int

    @property
    def share(self) -> Decimal:
        return Decimal(self.days) / self.of_days


@dataclass(frozen=True, slots=True)
class AircraftUse:
    aircraft: Aircraft
    use: Use


@dataclass(frozen=True, slots=True)
class PilotUse:
    """``pilot_id`` is None for all flights without a named pilot together."""

    pilot_id: uuid.UUID | None
    name: str
    use: Use


def use_by_aircraft(
    membership: Membership, period: Period, narrowing: Narrowing = WHOLE_FLEET
) -> list[AircraftUse]:
    """Every aircraft not retired and every other that flew, the busiest first. Two queries."""
    used = {row["aircraft"]: row for row in _rows_by_aircraft(membership, period, narrowing)}
    fleet = narrowing.of_fleet(Aircraft.objects.visible_to(membership))
    shown = fleet.flyable() | fleet.filter(pk__in=list(used))
    uses = [AircraftUse(each, _use(used.get(each.pk), period)) for each in shown]
    return sorted(uses, key=lambda each: (-each.use.flown.airborne_s, each.aircraft.registration))


def _rows_by_aircraft(
    membership: Membership, period: Period, narrowing: Narrowing
) -> Iterable[Row]:
    rows: Any = narrowing.applied(DailyFlights.objects.visible_to(membership).within(period))
    found: Iterable[Row] = (
        rows.values("aircraft")
        .annotate(
            counted=Sum("flights"),
            seconds=Sum("airborne_s"),
            timed=Sum("timed_flights"),
            metres=Sum("distance_m"),
            days=Count("day"),
        )
        .order_by()
    )
    return found


def use_by_pilot(
    membership: Membership, period: Period, narrowing: Narrowing = WHOLE_FLEET
) -> list[PilotUse]:
    """Everybody who flew, the busiest first, then the flights without a pilot. Two queries, and
    another for a narrowing to a type."""
    of_pilots = _rows_by_pilot if narrowing == WHOLE_FLEET else _rows_of_flights
    rows = list(of_pilots(membership, period, narrowing))
    names = _names(row["pilot_id"] for row in rows)
    uses = [
        PilotUse(row["pilot_id"], names.get(row["pilot_id"], GONE), _use(row, period))
        for row in rows
    ]
    return sorted(
        uses, key=lambda each: (each.pilot_id is None, -each.use.flown.airborne_s, each.name)
    )


def _rows_by_pilot(membership: Membership, period: Period, _: Narrowing) -> Iterable[Row]:
    rows = DailyPilots.objects.visible_to(membership).within(period)
    found = rows.values("pilot_id").annotate(
        counted=Sum("flights"),
        seconds=Sum("airborne_s"),
        timed=Sum("timed_flights"),
        metres=Sum("distance_m"),
        days=Count("day"),
    )
    return [
        row | {"pilot_id": None if row["pilot_id"] == NO_PILOT else row["pilot_id"]}
        for row in found.order_by()
    ]


def _rows_of_flights(membership: Membership, period: Period, narrowing: Narrowing) -> Iterable[Row]:
    """From the flights one by one: the view keeps no aircraft apart."""
    start, end = period.moments
    found: Iterable[Row] = (
        narrowing.applied(FlightSession.objects.visible_to(membership).flown())
        .filter(started_at__gte=start, started_at__lt=end)
        .order_by()
        .values("pilot_id")
        .annotate(
            counted=Count("pk"),
            seconds=exact_sum("airborne_s"),
            timed=known("airborne_s"),
            metres=exact_sum("distance_m"),
            days=Count(TruncDate("started_at", tzinfo=period.tz), distinct=True),
        )
    )
    return found


def _names(pilot_ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID | None, str]:
    """Asked for apart from the sums: a join would come before them, flight by flight."""
    rows = Membership.objects.filter(pk__in=[each for each in pilot_ids if each is not None])
    named = rows.values_list("pk", "user__full_name", "user__email")
    return {None: "No pilot named"} | {pk: name or email for pk, name, email in named}


def _use(row: Row | None, period: Period) -> Use:
    if row is None:
        return Use(Flown(), 0, period.days)
    flown = Flown(row["counted"], row["seconds"], row["timed"], row["metres"])
    return Use(flown, row["days"], period.days)


def last_flight(membership: Membership) -> datetime | None:
    """When the newest counted flight began."""
    flights = FlightSession.objects.visible_to(membership).flown()
    return flights.newest_first().values_list("started_at", flat=True).first()
