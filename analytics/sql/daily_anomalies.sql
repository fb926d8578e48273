-- Findings that are warnings or critical, of the active analyses of a day's counted flights, by
-- day, aircraft, component and severity. Told by the columns, never by a finding's text.
CREATE MATERIALIZED VIEW analytics_dailyanomalies_data AS
SELECT
    (flight.started_at AT TIME ZONE organization.time_zone)::date AS day,
    flight.aircraft_id,
    finding.component::text AS component,
    finding.severity::text AS severity,
    count(*)::integer AS anomalies
FROM flights_flightsession AS flight
JOIN mlresults_analysis AS analysis ON analysis.session_id = flight.id AND analysis.is_active
JOIN mlresults_finding AS finding ON finding.analysis_id = analysis.id
CROSS JOIN public.tenants_organization AS organization
WHERE organization.id = nullif(current_setting('app.current_org_id', true), '')::uuid
    AND flight.state IN ('completed', 'aborted')
    AND flight.has_flight
    AND finding.severity IN ('warning', 'critical')
GROUP BY 1, 2, 3, 4;

CREATE UNIQUE INDEX analytics_dailyanomalies_unique
    ON analytics_dailyanomalies_data (day, aircraft_id, component, severity);
