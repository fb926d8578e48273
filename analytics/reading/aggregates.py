"""What PostgreSQL adds up, exactly: seconds and metres as numeric, never as float."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Aggregate,
    Count,
    DecimalField,
    FilteredRelation,
    FloatField,
    Q,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from analytics.figures import DIGITS, PLACES


def exact() -> DecimalField[Any, Any]:
    """A numeric that rounds nothing."""
    return DecimalField(max_digits=DIGITS, decimal_places=PLACES)


def exact_sum(column: str) -> Coalesce:
    """Zero of nothing."""
    return Coalesce(Sum(Cast(column, exact())), Value(0), output_field=exact())


def known(column: str) -> Count:
    """How many are not NULL."""
    return Count(column)


def with_active_analysis(flights: Any) -> Any:
    """Each flight with its ``active`` analysis, or with none: still one row a flight."""
    is_active = Q(analyses__is_active=True)
    return flights.annotate(active=FilteredRelation("analyses", condition=is_active))


class Percentiles(Aggregate):
    """PostgreSQL's ``percentile_cont`` at several shares (0-1): a list, or None of nothing.

    Between two values it goes straight, as PERCENTILE.INC of a spreadsheet does.
    """

    name = "Percentiles"
    template = "percentile_cont(%(shares)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, column: str, shares: Sequence[float]) -> None:
        listed = ", ".join(str(float(each)) for each in shares)
        super().__init__(
            column,
            shares=f"ARRAY[{listed}]::float8[]",
            output_field=ArrayField(FloatField()),
        )
