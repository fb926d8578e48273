-- What the active analyses of a day's counted flights say of risk, by day and aircraft. A flight
-- analysed twice has one active analysis. A risk that was not assessed is in no sum or average.
CREATE MATERIALIZED VIEW analytics_dailyanalyses_data AS
SELECT
    (flight.started_at AT TIME ZONE organization.time_zone)::date AS day,
    flight.aircraft_id,
    count(*)::integer AS analysed_flights,
    count(analysis.risk_score)::integer AS scored_flights,
    coalesce(sum(analysis.risk_score::numeric), 0) AS risk_sum,
    avg(analysis.risk_score::numeric) AS risk_avg,
    max(analysis.risk_score) AS risk_max,
    (count(*) FILTER (WHERE analysis.risk_level IN ('high', 'critical')))::integer
        AS high_risk_flights
FROM flights_flightsession AS flight
JOIN mlresults_analysis AS analysis ON analysis.session_id = flight.id AND analysis.is_active
CROSS JOIN public.tenants_organization AS organization
WHERE organization.id = nullif(current_setting('app.current_org_id', true), '')::uuid
    AND flight.state IN ('completed', 'aborted')
    AND flight.has_flight
GROUP BY 1, 2;

CREATE UNIQUE INDEX analytics_dailyanalyses_unique
    ON analytics_dailyanalyses_data (day, aircraft_id);
