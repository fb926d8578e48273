"""The fleet's risk by aircraft type over a period, in one query whatever its size."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from analytics.calculations.risk_profile import (
    RECENT_DAYS,
    Scored,
    TypeFigures,
    TypeRisk,
    risk_of,
    risk_of_all,
)
from analytics.periods import Period

_SQL = (Path(__file__).parent / "sql" / "risk_profile.sql").read_text(encoding="utf-8")


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
    values: dict[str, Any] = {
        "start": period.start,
        "end": period.end,
        "recent": period.end - timedelta(days=RECENT_DAYS),
        "aircraft_type": aircraft_type,
        "aircraft_id": aircraft_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, values)
        figures = [_figures(*row) for row in cursor.fetchall()]
    return RiskProfile(period, tuple(map(risk_of, figures)), risk_of_all(figures))


def _figures(
    aircraft_type: str, flights: int, high_risk: int, critical: int, *scored: Any
) -> TypeFigures:
    before, recent = Scored(*scored[:2]), Scored(*scored[2:])
    return TypeFigures(aircraft_type, flights, high_risk, critical, before, recent)
