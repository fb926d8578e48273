"""Ten thousand flights, made in the database; the same ones every time."""

from __future__ import annotations

from typing import Any

from django.db import connection

from tests.conftest import Cast

FLIGHTS = 10_000
_AIRCRAFT = """
INSERT INTO fleet_aircraft (id, registration, name, serial_number, aircraft_type, manufacturer,
    model, specifications, status, created_at)
SELECT gen_random_uuid(), 'M' || n, '', '',
    (ARRAY['multirotor', 'fixed_wing', 'vtol'])[mod(n, 3) + 1], '', '', '{}', 'active', now()
FROM generate_series(1, 20) AS n
"""
_FLIGHTS = """
WITH craft AS (SELECT id, row_number() OVER (ORDER BY registration) AS place
    FROM fleet_aircraft WHERE registration LIKE 'M_' OR registration LIKE 'M__')
INSERT INTO flights_flightsession (id, aircraft_id, pilot_id, state, has_flight, started_at,
    ended_at, airborne_s, distance_m, clock_source, notes, created_at)
SELECT gen_random_uuid(), craft.id, CASE WHEN n %% 4 > 0 THEN (%(pilots)s::uuid[])[n %% 4] END,
    CASE WHEN n %% 11 = 0 THEN 'aborted' ELSE 'completed' END, n %% 17 > 0,
    moment, moment + interval '1 hour',
    CASE WHEN n %% 13 > 0 THEN 60 + (n * 7919 %% 36000) / 10.0 END,
    CASE WHEN n %% 19 > 0 THEN (n * 104729 %% 900000) / 7.0 END, 'manual', '', now()
FROM generate_series(1, %(flights)s) AS n
JOIN craft ON craft.place = n * 31 %% 20 + 1
CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01 00:00Z'
    + make_interval(mins => (n::bigint * 15485863 %% (180 * 1440))::integer) AS moment) AS at
"""
_ANALYSES = """
INSERT INTO mlresults_analysis (id, session_id, is_active, engine_version, vehicle_type,
    quality_verdict, quality_reasons, risk_score, risk_level, risk_parts, headline,
    report_sections, passed, not_assessed, created_at)
SELECT gen_random_uuid(), id, turn = 2, turn::text, '', 'usable', '[]', score,
    CASE WHEN score IS NULL THEN '' WHEN score < 0.2 THEN 'low' WHEN score < 0.5 THEN 'medium'
        WHEN score < 0.8 THEN 'high' ELSE 'critical' END, '[]', '', '[]', '[]', '[]', now()
FROM (SELECT id, turn, CASE WHEN extract(minute FROM started_at)::int % 6 > 0
        THEN ((extract(epoch FROM started_at)::bigint / 60 + turn * 37) % 997) / 997.0 END AS score
    FROM flights_flightsession CROSS JOIN generate_series(1, 2) AS turn
    WHERE extract(minute FROM started_at)::int % 9 > 0) AS scored
"""


def make_many(cast: Cast) -> None:
    """In the bound organization: half a year, 20 aircraft of 3 types, gaps of every kind."""
    pilots = [member.pk for member in list(cast.members.values())[:3]]
    run(_AIRCRAFT)
    run(_FLIGHTS, pilots=pilots, flights=FLIGHTS)
    run(_ANALYSES)


def run(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []
