"""The fleet's risk by aircraft type over a period, in three queries whatever its size."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from analytics.calculations.risk_profile import (
    RECENT_DAYS,
    Scored,
    TypeFigures,
    TypeRisk,
    risk_of,
    risk_of_all,
)
from analytics.models import DailyAnalyses, DailyAnomalies, DailyFlights
from analytics.periods import Period
from aviation.mlresults.choices import FindingSeverity

TYPE = "aircraft__aircraft_type"

Rows = Any
"""Dictionaries with annotations, which the type checker cannot follow."""


@dataclass(frozen=True, slots=True)
class RiskProfile:
    """A line for each aircraft type that flew, in the types' order, and one for all together."""

    period: Period
    types: tuple[TypeRisk, ...]
    whole: TypeRisk


def risk_profile(
    period: Period, *, aircraft_type: str = "", aircraft_id: uuid.UUID | None = None
) -> RiskProfile:
    """The profile of all flights of the period, or of one type's or one aircraft's."""
    only = _only(aircraft_type, aircraft_id)
    figures: dict[str, TypeFigures] = {}
    for row in _flights(period, only):
        figures[row[TYPE]] = TypeFigures(row[TYPE], flights=row["flown"])
    for row in _analyses(period, only):
        figures[row[TYPE]] = replace(
            figures.get(row[TYPE], TypeFigures(row[TYPE])),
            high_risk_flights=row["high_risk"],
            before=Scored(row["flights_before"], row["risk_before"]),
            recent=Scored(row["flights_recent"], row["risk_recent"]),
        )
    for row in _critical(period, only):
        known = figures.get(row[TYPE], TypeFigures(row[TYPE]))
        figures[row[TYPE]] = replace(known, critical_anomalies=row["critical"])
    ordered = [figures[name] for name in sorted(figures)]
    return RiskProfile(period, tuple(map(risk_of, ordered)), risk_of_all(ordered))


def _only(aircraft_type: str, aircraft_id: uuid.UUID | None) -> Q:
    only = Q(**{TYPE: aircraft_type}) if aircraft_type else Q()
    return only & Q(aircraft=aircraft_id) if aircraft_id else only


def _by_type(rows: QuerySet[Any]) -> Rows:
    return rows.order_by().values(TYPE)


def _flights(period: Period, only: Q) -> Rows:
    return _by_type(DailyFlights.objects.within(period).filter(only)).annotate(flown=Sum("flights"))


def _analyses(period: Period, only: Q) -> Rows:
    is_recent = Q(day__gte=period.end - timedelta(days=RECENT_DAYS))
    return _by_type(DailyAnalyses.objects.within(period).filter(only)).annotate(
        high_risk=Sum("high_risk_flights"),
        flights_before=Coalesce(Sum("scored_flights", filter=~is_recent), 0),
        flights_recent=Coalesce(Sum("scored_flights", filter=is_recent), 0),
        risk_before=Coalesce(Sum("risk_sum", filter=~is_recent), Decimal(0)),
        risk_recent=Coalesce(Sum("risk_sum", filter=is_recent), Decimal(0)),
    )


def _critical(period: Period, only: Q) -> Rows:
    rows = DailyAnomalies.objects.within(period).filter(only, severity=FindingSeverity.CRITICAL)
    return _by_type(rows).annotate(critical=Sum("anomalies"))
