"""What readers ask most, over millions of points: the database's own time, without the driver's."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from benchmarks.explaining import Taken, explained, p95_ms, spread
from benchmarks.large_world import ASKED, ORGANIZATIONS, POINTS, places, size
from benchmarks.report import Report

NAMES = (
    "query.flights",
    "query.aircraft",
    "query.analyses",
    "query.one_hour",
    "query.bytes_per_reading",
)
TIMES = 100
QUESTIONS: dict[str, tuple[float, str]] = {
    "query.flights": (
        5.0,
        "SELECT * FROM flights_flightsession ORDER BY started_at DESC, id DESC LIMIT 50",
    ),
    "query.aircraft": (
        2.0,
        "SELECT * FROM fleet_aircraft WHERE upper(registration) = upper('LOAD-03')",
    ),
    "query.analyses": (
        9.0,
        "SELECT * FROM mlresults_analysis WHERE session_id = '{flight}' ORDER BY created_at DESC",
    ),
    "query.one_hour": (
        15.0,
        "SELECT count(*), avg(altitude_m), max(ground_speed_ms), min(battery_voltage_v) "
        "FROM telemetry_point WHERE session_id = '{flight}' "
        "AND \"timestamp\" >= '{start}' AND \"timestamp\" < '{end}'",
    ),
}
"""By name: the most milliseconds at the 95th percentile, and the query."""


def run(report: Report) -> None:
    organizations = places()
    _vacuum()
    for name, (most_ms, question) in QUESTIONS.items():
        if report.wants(name):
            _add(report, name, most_ms, _times(organizations[:ASKED], question))
    if report.wants("query.bytes_per_reading"):
        _add_bytes(report, organizations[0])


def _vacuum() -> None:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def _times(organizations: list[Any], question: str) -> list[Taken]:
    """As the application's role under row level security, each organization once to warm up."""
    chance, times = np.random.default_rng(5), []
    for number in range(len(organizations) + TIMES):
        place = organizations[number % len(organizations)]
        times.append(_explained(place, question, chance))
    return times[len(organizations) :]


def _explained(organization: Any, question: str, chance: np.random.Generator) -> Taken:
    from django.db import connection, transaction

    from aviation.telemetry.generating import NOTE
    from aviation.tenants.context import tenant_context

    with_telemetry = "SELECT id, started_at, ended_at FROM flights_flightsession WHERE notes = %s"
    with tenant_context(organization), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(with_telemetry, [NOTE])
        flights = cursor.fetchall()
        flight, start, end = flights[chance.integers(len(flights))]
        asked = question.format(flight=flight, start=start, end=end)
        return explained(cursor, [(asked, None)])


def _add(report: Report, name: str, most_ms: float, times: list[Taken]) -> None:
    value = p95_ms(times)
    report.add(
        name=name,
        value=value,
        unit="ms",
        against=f"{spread(times)}; {size()}",
        ratio=value / most_ms,
        goal=f"at most {most_ms:g} ms in the database",
        holds=value <= most_ms,
    )


def _add_bytes(report: Report, organization: Any) -> None:
    import psycopg

    schema = organization.schema_name
    question = (
        "SELECT sum(pg_table_size(c.oid)), sum(pg_indexes_size(c.oid)) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relkind = 'r' AND c.relname LIKE 'telemetry_point_y%%'"
    )
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute("SET app.current_org_id = ''")
        heap, index = owner.execute(question, [schema]).fetchone() or (0, 0)
    each = math.ceil(POINTS / ORGANIZATIONS)
    readings = math.ceil(each / 36_000) * 36_000
    report.add(
        name="query.bytes_per_reading",
        value=float(heap) / readings,
        unit="bytes",
        against=f"with its indexes {(float(heap) + float(index)) / readings:.0f}; 22 channels",
        ratio=None,
        goal="stated",
        holds=True,
    )
