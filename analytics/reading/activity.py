"""What flew: totals, days, moving averages, and what is in the air now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from accounts.models import Membership
from analytics.calculations.moving import MONTH, WEEK, Moving, moving_averages
from analytics.models import DailyFlights
from analytics.narrowing import WHOLE_FLEET, Narrowing
from analytics.periods import Period
from analytics.reading.types import type_of_aircraft
from aviation.flights.models import FlightSession

NONE = Decimal(0)
HOUR_S = 3_600


@dataclass(frozen=True, slots=True)
class Flown:
    """Flights with their sums; ``timed_flights`` are those whose time in the air is known."""

    flights: int = 0
    airborne_s: Decimal = NONE
    timed_flights: int = 0
    distance_m: Decimal = NONE

    def __add__(self, other: Flown) -> Flown:
        return Flown(
            self.flights + other.flights,
            self.airborne_s + other.airborne_s,
            self.timed_flights + other.timed_flights,
            self.distance_m + other.distance_m,
        )


@dataclass(frozen=True, slots=True)
class DayOfType:
    """What the aircraft of one type flew on one day."""

    day: date
    aircraft_type: str
    flown: Flown


@dataclass(frozen=True, slots=True)
class Totals:
    """A whole period."""

    flown: Flown
    aircraft: int
    """How many different ones flew."""


@dataclass(frozen=True, slots=True)
class DayAverages:
    """The moving averages that end with ``day``, of flights and of hours in the air."""

    day: date
    week: Moving
    month: Moving
    week_hours: Moving
    month_hours: Moving


def airborne_now(membership: Membership) -> int:
    return FlightSession.objects.visible_to(membership).airborne().count()


def days_by_type(
    membership: Membership, period: Period, narrowing: Narrowing = WHOLE_FLEET
) -> list[DayOfType]:
    """Days with flights only, in order. Two queries."""
    rows = (
        _daily(membership, period, narrowing)
        .values("day", kind=type_of_aircraft())
        .annotate(
            counted=Sum("flights"),
            seconds=Sum("airborne_s"),
            timed=Sum("timed_flights"),
            metres=Sum("distance_m"),
        )
        .order_by("day", "kind")
    )
    return [
        DayOfType(
            row["day"],
            row["kind"],
            Flown(row["counted"], row["seconds"], row["timed"], row["metres"]),
        )
        for row in rows
        if row["kind"] is not None
    ]


def totals(membership: Membership, period: Period, narrowing: Narrowing = WHOLE_FLEET) -> Totals:
    """One query; of a period without a flight all zero."""
    sums = _daily(membership, period, narrowing).aggregate(
        counted=Sum("flights", default=0),
        seconds=Sum("airborne_s", default=NONE),
        timed=Sum("timed_flights", default=0),
        metres=Sum("distance_m", default=NONE),
        aircraft=Count("aircraft", distinct=True),
    )
    flown = Flown(sums["counted"], sums["seconds"], sums["timed"], sums["metres"])
    return Totals(flown, sums["aircraft"])


def with_run_up(period: Period) -> Period:
    """The period with the days before it that its first moving average needs."""
    return Period(period.start - timedelta(days=MONTH - 1), period.end, period.tz)


def averages(days: Iterable[DayOfType], period: Period) -> list[DayAverages]:
    """For each day of the period; ``days`` are those of ``with_run_up(period)``. No query."""
    run_up = with_run_up(period)
    by_day = [Flown()] * run_up.days
    for each in days:
        by_day[(each.day - run_up.start).days] += each.flown
    flights = [Decimal(each.flights) for each in by_day]
    seconds = [each.airborne_s for each in by_day]
    late = MONTH - WEEK
    return [
        DayAverages(period.start + timedelta(days=index), *moving)
        for index, moving in enumerate(
            zip(
                moving_averages(flights[late:], WEEK),
                moving_averages(flights, MONTH),
                moving_averages(seconds[late:], WEEK, HOUR_S),
                moving_averages(seconds, MONTH, HOUR_S),
                strict=True,
            )
        )
    ]


def _daily(membership: Membership, period: Period, narrowing: Narrowing) -> Any:
    return narrowing.applied(DailyFlights.objects.visible_to(membership).within(period))
