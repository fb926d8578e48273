"""Fleets with a year of flights, analyses and findings, made by the database itself."""

from __future__ import annotations

import os
import uuid
from typing import Any

_AIRCRAFT = """
INSERT INTO fleet_aircraft (id, registration, name, serial_number, aircraft_type, manufacturer,
    model, specifications, status, created_at)
SELECT gen_random_uuid(), 'B-' || to_char(number, 'FM0000'), '', '',
    (ARRAY['multirotor', 'fixed_wing', 'vtol'])[1 + mod(number, 3)], '', '', '{}', 'active', now()
FROM generate_series(1, %s) AS number
"""
FLIGHTS = """
INSERT INTO flights_flightsession (id, aircraft_id, state, has_flight, started_at, ended_at,
    airborne_s, distance_m, clock_source, notes, created_at)
SELECT gen_random_uuid(), aircraft.id, 'completed', true, moment, moment + interval '20 minutes',
    1200 * random(), 9000 * random(), 'gps', '', now()
FROM generate_series(1, %(flights)s) AS series(number)
CROSS JOIN LATERAL (SELECT now() - 365 * random() * interval '1 day'
    + 0 * number * interval '1 day' AS moment) AS at
JOIN (SELECT id, row_number() OVER (ORDER BY registration) AS place FROM fleet_aircraft)
    AS aircraft ON aircraft.place = 1 + mod(number, %(aircraft)s)
"""
_ANALYSES = """
INSERT INTO mlresults_analysis (id, session_id, is_active, engine_version, vehicle_type,
    quality_verdict, quality_reasons, risk_score, risk_level, risk_parts, headline,
    report_sections, passed, not_assessed, created_at)
SELECT gen_random_uuid(), id, true, '1', 'multirotor', 'usable', '[]', score,
    CASE WHEN score < 0.2 THEN 'low' WHEN score < 0.5 THEN 'medium'
         WHEN score < 0.8 THEN 'high' ELSE 'critical' END,
    '[]', '', '[]', '[]', '[]', now()
FROM flights_flightsession AS flight, LATERAL (SELECT random() + 0 * airborne_s AS score) AS risk
"""
_FINDINGS = """
INSERT INTO mlresults_finding (id, analysis_id, position, rule_id, rule_version, component,
    severity, title, text, start_s, end_s, unit, comparison, source, channel, is_on_ground,
    created_at)
SELECT gen_random_uuid(), analysis.id, number, 'bench', 1,
    (ARRAY['motor', 'battery', 'gps', 'vibration'])[1 + number],
    (ARRAY['info', 'warning', 'critical'])[1 + floor(3 * random())::int],
    '', '', 0, 1, '', '', '', '', false, now()
FROM mlresults_analysis AS analysis, generate_series(0, 1) AS number
"""

_PILOTS = """
UPDATE flights_flightsession
SET pilot_id = (%(pilots)s::uuid[])[1 + floor(random() * cardinality(%(pilots)s::uuid[]))::int]
WHERE random() < 0.9
"""


def fill(organization: Any, *, flights: int, aircraft: int) -> None:
    """A statement a table, whatever the number of flights; then what autovacuum does."""
    from django.db import connection, transaction

    from aviation.tenants.context import tenant_context
    from aviation.tenants.limits import time_limits

    with (
        time_limits(statement_s=0),
        tenant_context(organization),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(_AIRCRAFT, [aircraft])
        cursor.execute(FLIGHTS, {"flights": flights, "aircraft": aircraft})
        cursor.execute(_ANALYSES)
        cursor.execute(_FINDINGS)
    vacuum(organization)


def name_pilots(organization: Any, pilots: list[uuid.UUID]) -> None:
    """Nine flights of ten get one of them."""
    from django.db import connection, transaction

    from aviation.tenants.context import tenant_context
    from aviation.tenants.limits import time_limits

    with (
        time_limits(statement_s=0),
        tenant_context(organization),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(_PILOTS, {"pilots": pilots})
    vacuum(organization)


def vacuum(organization: Any) -> None:
    """What autovacuum does within a minute."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        for table in ("flights_flightsession", "mlresults_analysis", "mlresults_finding"):
            owner.execute(f"VACUUM ANALYZE {organization.schema_name}.{table}")
