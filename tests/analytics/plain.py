"""The figures computed once more from the base tables, in another way than the views do.

A day is the span between two local midnights as Python's clock tables give them; the percentile
is interpolated by hand between two ranked flights.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

DAYS = "unnest(%(days)s::date[], %(begins)s::timestamptz[], %(ends)s::timestamptz[])"
COUNTED = f"""
counted AS (
    SELECT local.day, flight.*
    FROM {DAYS} AS local(day, begins, ends)
    JOIN flights_flightsession AS flight
        ON flight.started_at >= local.begins AND flight.started_at < local.ends
    WHERE flight.ended_at IS NOT NULL AND flight.has_flight
        AND flight.state NOT IN ('planned', 'in_progress')
)
"""
FLIGHTS = f"""
WITH {COUNTED},
ranked AS (
    SELECT day, aircraft_id, airborne_s,
        row_number() OVER w - 1 AS place, count(*) OVER (PARTITION BY day, aircraft_id) AS timed
    FROM counted WHERE airborne_s IS NOT NULL
    WINDOW w AS (PARTITION BY day, aircraft_id ORDER BY airborne_s)
),
around AS (
    SELECT day, aircraft_id, 0.95::float8 * (timed - 1) AS position,
        max(airborne_s) FILTER (WHERE place = floor(0.95::float8 * (timed - 1))) AS below,
        max(airborne_s) FILTER (WHERE place = ceil(0.95::float8 * (timed - 1))) AS above
    FROM ranked GROUP BY day, aircraft_id, timed
),
summed AS (
    SELECT day, aircraft_id, count(*) AS flights,
        sum(coalesce(airborne_s::numeric, 0)) AS airborne_s,
        sum((airborne_s IS NOT NULL)::int) AS timed,
        sum(coalesce(distance_m::numeric, 0)) AS distance_m
    FROM counted GROUP BY day, aircraft_id
)
SELECT day, aircraft_id, flights, airborne_s, timed, distance_m,
    CASE WHEN timed > 0 THEN airborne_s / timed END,
    below + (position - floor(position)) * (above - below)
FROM summed LEFT JOIN around USING (day, aircraft_id)
ORDER BY day, aircraft_id
"""
ANALYSES = f"""
WITH {COUNTED},
standing AS (
    SELECT counted.day, counted.aircraft_id, analysis.risk_score::numeric AS risk,
        analysis.risk_score, analysis.risk_level
    FROM counted, LATERAL (
        SELECT * FROM mlresults_analysis AS each
        WHERE each.session_id = counted.id AND each.is_active
        ORDER BY each.engine_version DESC LIMIT 1
    ) AS analysis
)
SELECT day, aircraft_id, count(*), sum((risk IS NOT NULL)::int), sum(coalesce(risk, 0)),
    CASE WHEN sum((risk IS NOT NULL)::int) > 0
        THEN sum(risk) / sum((risk IS NOT NULL)::int) END,
    max(risk_score), sum((risk_level = 'high')::int + (risk_level = 'critical')::int)
FROM standing GROUP BY day, aircraft_id ORDER BY day, aircraft_id
"""
ANOMALIES = f"""
WITH {COUNTED}
SELECT counted.day, counted.aircraft_id, finding.component, finding.severity, count(finding.id)
FROM mlresults_finding AS finding, counted
WHERE (SELECT each.session_id FROM mlresults_analysis AS each
       WHERE each.id = finding.analysis_id AND each.is_active) = counted.id
    AND finding.severity <> 'info'
GROUP BY counted.day, counted.aircraft_id, finding.component, finding.severity
ORDER BY 1, 2, 3, 4
"""
LEVELS = f"""
WITH {COUNTED}
SELECT day, coalesce((SELECT each.risk_level FROM mlresults_analysis AS each
    WHERE each.session_id = counted.id AND each.is_active), ''), count(*)
FROM counted GROUP BY 1, 2
"""
PILOTS = f"""
WITH {COUNTED}
SELECT day, coalesce(pilot_id::text, '00000000-0000-0000-0000-000000000000')::uuid, count(*),
    sum(coalesce(airborne_s::numeric, 0)), sum((airborne_s IS NOT NULL)::int),
    sum(coalesce(distance_m::numeric, 0))
FROM counted GROUP BY 1, 2
"""
VALUES = f"""
WITH {COUNTED}
SELECT 'd', day, airborne_s, count(*)
FROM counted WHERE airborne_s IS NOT NULL GROUP BY 1, 2, 3
UNION ALL
SELECT 'r', day, analysis.risk_score, count(*)
FROM counted, mlresults_analysis AS analysis
WHERE analysis.session_id = counted.id AND analysis.is_active AND analysis.risk_score IS NOT NULL
GROUP BY 1, 2, 3
"""


@transaction.atomic
def computed(query: str, zone: str, first: date, days: int) -> list[tuple[Any, ...]]:
    """The query's rows over that many local days, of the bound organization."""
    tz = ZoneInfo(zone)
    starts = [first + timedelta(days=number) for number in range(days + 1)]
    moments = [datetime.combine(day, time(), tz).astimezone(UTC) for day in starts]
    values = {"days": starts[:-1], "begins": moments[:-1], "ends": moments[1:]}
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
