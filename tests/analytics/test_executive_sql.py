"""The executive summary against plain SQL over the base tables: equal to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from analytics.calculations.executive import Figures, Summary
from analytics.reading.executive import executive_summary
from aviation.tenants.context import tenant_context
from aviation.tenants.services import set_time_zone
from tests.analytics.build import refresh
from tests.conftest import Cast

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
_PLAIN = """
WITH flight AS (
    SELECT s.id, s.aircraft_id, s.airborne_s::numeric AS s, s.distance_m::numeric AS m,
           to_char(s.started_at AT TIME ZONE %(zone)s, 'YYYY-MM') AS month
    FROM flights_flightsession s
    WHERE s.has_flight AND s.state IN ('completed', 'aborted')
      AND s.started_at >= (%(first)s::timestamp AT TIME ZONE %(zone)s)
      AND s.started_at < (%(end)s::timestamp AT TIME ZONE %(zone)s)
), assessed AS (
    SELECT flight.id, a.id AS analysis_id, a.risk_score::numeric AS risk,
           a.risk_level IN ('high', 'critical') AS is_high
    FROM flight JOIN mlresults_analysis a ON a.session_id = flight.id WHERE a.is_active
), found AS (
    SELECT assessed.id, count(*) AS anomalies,
           count(*) FILTER (WHERE f.severity = 'critical') AS critical
    FROM assessed JOIN mlresults_finding f ON f.analysis_id = assessed.analysis_id
    WHERE f.severity <> 'info' GROUP BY assessed.id
)
SELECT coalesce(month, 'total') AS month, count(*) AS flights,
       count(DISTINCT aircraft_id) AS active_aircraft, count(s) AS timed_flights,
       sum(s) AS airborne_s, sum(m) AS distance_m, count(assessed.id) AS analysed_flights,
       count(risk) AS scored_flights, coalesce(sum(risk), 0) AS risk_sum,
       count(*) FILTER (WHERE is_high) AS high_risk_flights,
       coalesce(sum(anomalies), 0) AS anomalies, coalesce(sum(critical), 0) AS critical_anomalies,
       round(sum(s) / 3600, 4) AS hours, round(sum(m) / 1000, 4) AS distance_km,
       round(sum(risk) / nullif(count(risk), 0), 4) AS average_risk,
       round(count(*) FILTER (WHERE is_high)::numeric / nullif(count(risk), 0), 4)
           AS high_risk_share
FROM flight LEFT JOIN assessed USING (id) LEFT JOIN found USING (id)
GROUP BY ROLLUP (month) ORDER BY month NULLS LAST
"""
QUOTIENTS = ("hours", "distance_km", "average_risk", "high_risk_share")


@pytest.fixture
def generated(varied_fleet: Cast, db: None) -> Iterator[None]:
    set_time_zone(slug=varied_fleet.organization.slug, time_zone="Europe/Zurich")
    with tenant_context(varied_fleet.organization):
        refresh()
        yield


def plain() -> dict[str, dict[str, Any]]:
    """By month and in total, from the base tables."""
    span = {"zone": "Europe/Zurich", "first": "2025-12-01", "end": "2026-12-01"}
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN, span)
        names = [column.name for column in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def read(summary: Summary) -> dict[str, Figures]:
    months = {f"{month.period.start:%Y-%m}": month.figures for month in summary.months}
    return months | {"total": summary.total}


def test_ten_thousand_flights_come_out_as_by_plain_sql(generated: None) -> None:
    expected = plain()
    found = read(executive_summary(AT, ZoneInfo("Europe/Zurich")))
    assert found.keys() == expected.keys()
    assert expected["total"]["flights"] > 5_000
    names = [*(each.name for each in fields(Figures)), *QUOTIENTS]
    for month, figures in found.items():
        told = {name: str(getattr(figures, name)) for name in names}
        assert told == {name: str(written(expected[month][name])) for name in names}, month


def written(value: Any) -> Any:
    """SQL sums integers to numeric; what is whole is written without a point."""
    return int(value) if isinstance(value, Decimal) and value.as_tuple().exponent == 0 else value
