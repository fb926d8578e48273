-- The figures of the fleet's risk by aircraft type, over the days from one up to and without another.
-- Recent are the days from a third one on; the two empty parameters narrow to a type or an aircraft.
--
-- Rows of four kinds are grouped by aircraft and then by type, and nothing is joined: the row
-- policies let the planner expect a single aircraft, and it would compare each with every day.
WITH known (aircraft_id, type, flights, high_risk, critical,
    before_flights, before_risk, recent_flights, recent_risk) AS (
    SELECT id, aircraft_type, 0, 0, 0, 0, 0::numeric, 0, 0::numeric
    FROM fleet_aircraft
    WHERE (%(aircraft_type)s = '' OR aircraft_type = %(aircraft_type)s)
        AND (%(aircraft_id)s::uuid IS NULL OR id = %(aircraft_id)s::uuid)
    UNION ALL
    SELECT aircraft_id, NULL, flights, 0, 0, 0, 0, 0, 0
    FROM analytics_dailyflights
    WHERE day >= %(start)s AND day < %(end)s
    UNION ALL
    SELECT aircraft_id, NULL, 0, high_risk_flights, 0,
        CASE WHEN day < %(recent)s THEN scored_flights ELSE 0 END,
        CASE WHEN day < %(recent)s THEN risk_sum ELSE 0 END,
        CASE WHEN day < %(recent)s THEN 0 ELSE scored_flights END,
        CASE WHEN day < %(recent)s THEN 0 ELSE risk_sum END
    FROM analytics_dailyanalyses
    WHERE day >= %(start)s AND day < %(end)s
    UNION ALL
    SELECT aircraft_id, NULL, 0, 0, anomalies, 0, 0, 0, 0
    FROM analytics_dailyanomalies
    WHERE day >= %(start)s AND day < %(end)s AND severity = 'critical'
),
by_aircraft AS (
    SELECT max(type) AS type, sum(flights) AS flights, sum(high_risk) AS high_risk,
        sum(critical) AS critical, sum(before_flights) AS before_flights,
        sum(before_risk) AS before_risk, sum(recent_flights) AS recent_flights,
        sum(recent_risk) AS recent_risk
    FROM known
    GROUP BY aircraft_id
    HAVING count(type) > 0
)
SELECT type, sum(flights)::bigint, sum(high_risk)::bigint, sum(critical)::bigint,
    sum(before_flights)::bigint, sum(before_risk), sum(recent_flights)::bigint, sum(recent_risk)
FROM by_aircraft
GROUP BY type
HAVING sum(flights) > 0
ORDER BY type COLLATE "C"
