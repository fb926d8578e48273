-- How many of a day's counted flights are at each level of risk, as their active analysis has it. The
-- level is empty where a flight has none, or one that could not assess it.
CREATE MATERIALIZED VIEW analytics_dailylevels_data AS
SELECT
    (flight.started_at AT TIME ZONE organization.time_zone)::date AS day,
    coalesce(analysis.risk_level, '')::text AS level,
    count(*)::integer AS flights
FROM flights_flightsession AS flight
LEFT JOIN mlresults_analysis AS analysis ON analysis.session_id = flight.id AND analysis.is_active
CROSS JOIN public.tenants_organization AS organization
WHERE organization.id = nullif(current_setting('app.current_org_id', true), '')::uuid
    AND flight.state IN ('completed', 'aborted')
    AND flight.has_flight
GROUP BY 1, 2;

CREATE UNIQUE INDEX analytics_dailylevels_unique ON analytics_dailylevels_data (day, level);
