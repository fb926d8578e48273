"""What is past its time: the rows of each kind by age, with the flight and aircraft they tell of.

Flights under way and logs being read are never due, whatever their age.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Coalesce

from accounts.models import ApiKeyUsage
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightLog, FlightSession
from aviation.mlresults.models import Analysis
from aviation.telemetry.models import ColdFile, TelemetryPoint
from aviation.tenants.context import require_organization
from maintenance.retention.choices import DataKind
from maintenance.retention.holds import Held

_UNDER_WAY = ("received", "importing")


@dataclass(frozen=True, slots=True)
class Due:
    """One row that is past its time."""

    key: str
    at: datetime
    flight: uuid.UUID | None
    aircraft: uuid.UUID | None

    @property
    def month(self) -> date:
        return self.at.astimezone(UTC).date().replace(day=1)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a kind's rows are: those that fall due take everything that hangs on them along."""

    model: type[models.Model]
    aged: Callable[[datetime], models.QuerySet[Any]]
    """The rows older than a moment, with ``at``, ``flight`` and ``plane`` annotated."""


def _cold_files(limit: datetime) -> models.QuerySet[Any]:
    """By month: one that ended before the limit."""
    return ColdFile.objects.filter(
        month__lt=limit.astimezone(UTC).date().replace(day=1), is_in_force=True
    ).annotate(at=F("first_point_at"), flight=F("session_id"), plane=F("session__aircraft_id"))


def _logs(limit: datetime) -> models.QuerySet[Any]:
    logs = FlightLog.objects.filter(created_at__lt=limit).exclude(state__in=_UNDER_WAY)
    return logs.annotate(at=F("created_at"), flight=F("session_id"), plane=F("aircraft_id"))


def _flights(limit: datetime) -> models.QuerySet[Any]:
    """Those whose measurements have all left the table: months leave it whole, and first."""
    flights = FlightSession.objects.annotate(
        at=Coalesce("ended_at", "started_at"), flight=F("id"), plane=F("aircraft_id")
    )
    is_in_table = Exists(TelemetryPoint.objects.filter(session_id=OuterRef("pk")))
    is_being_read = Exists(FlightLog.objects.filter(session=OuterRef("pk"), state__in=_UNDER_WAY))
    return (
        flights.filter(at__lt=limit)
        .exclude(state=FlightState.IN_PROGRESS)
        .exclude(is_in_table | is_being_read)
    )


def _analyses(limit: datetime) -> models.QuerySet[Any]:
    return Analysis.objects.filter(created_at__lt=limit).annotate(
        at=F("created_at"), flight=F("session_id"), plane=F("session__aircraft_id")
    )


def _api_usage(limit: datetime) -> models.QuerySet[Any]:
    nothing = models.Value(None, output_field=models.UUIDField())
    return ApiKeyUsage.objects.filter(
        organization=require_organization().id, hour__lt=limit
    ).annotate(at=F("hour"), flight=nothing, plane=nothing)


SOURCES: dict[DataKind, Source] = {
    DataKind.TELEMETRY: Source(ColdFile, _cold_files),
    DataKind.RAW_LOGS: Source(FlightLog, _logs),
    DataKind.FLIGHTS: Source(FlightSession, _flights),
    DataKind.ANALYSES: Source(Analysis, _analyses),
    DataKind.API_USAGE: Source(ApiKeyUsage, _api_usage),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What of a kind is due, and how much of it is held or was restored lately, by month."""

    due: list[Due]
    held: Counter[date]
    kept_back: Counter[date]


def find_due(kind: DataKind, limit: datetime, held: Held, kept_back: Collection[str] = ()) -> Found:
    """Every row of the kind that is older than the limit, oldest first. Inside a transaction."""
    due: list[Due] = []
    is_held: Counter[date] = Counter()
    is_kept: Counter[date] = Counter()
    rows = SOURCES[kind].aged(limit).order_by("at").values_list("pk", "at", "flight", "plane")
    for key, at, flight, aircraft in rows.iterator():
        each = Due(str(key), at, flight, aircraft)
        if held.covers(_known(flight), _known(aircraft)):
            is_held[each.month] += 1
        elif each.key in kept_back:
            is_kept[each.month] += 1
        else:
            due.append(each)
    return Found(due, is_held, is_kept)


def _known(identity: uuid.UUID | None) -> tuple[uuid.UUID, ...]:
    return () if identity is None else (identity,)
