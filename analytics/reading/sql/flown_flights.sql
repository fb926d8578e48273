-- What version 2 of the wear score is made from: an aircraft's counted flights of the last days up
-- to a moment, in the order flown, each with its risk, its anomalies as [component, severity] and
-- its measures as [rule, observed, limit, severity]; a check that found nothing has no severity.
-- Read from the base tables: no view keeps single flights.
WITH today AS (
    SELECT (%(at)s::timestamptz AT TIME ZONE organization.time_zone)::date AS day,
        organization.time_zone
    FROM public.tenants_organization AS organization
    WHERE organization.id = nullif(current_setting('app.current_org_id', true), '')::uuid
)
SELECT (flight.started_at AT TIME ZONE today.time_zone)::date AS day,
    flight.airborne_s, analysis.risk_score, found.anomalies, found.measures, passed.measures AS passed
FROM flights_flightsession AS flight
CROSS JOIN today
LEFT JOIN mlresults_analysis AS analysis ON analysis.session_id = flight.id AND analysis.is_active
LEFT JOIN LATERAL (
    SELECT
        jsonb_agg(jsonb_build_array(finding.component, finding.severity))
            FILTER (WHERE finding.severity <> 'info') AS anomalies,
        jsonb_agg(jsonb_build_array(
            finding.rule_id, finding.observed, finding."limit", finding.severity
        )) FILTER (WHERE finding.rule_id = ANY (%(rules)s)) AS measures
    FROM mlresults_finding AS finding
    WHERE finding.analysis_id = analysis.id
) AS found ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(
        jsonb_build_array(each ->> 'rule_id', each -> 'observed', each -> 'limit', '')
    ) AS measures
    FROM jsonb_array_elements(analysis.passed) AS each
    WHERE each ->> 'rule_id' = ANY (%(rules)s)
) AS passed ON true
WHERE flight.aircraft_id = %(aircraft_id)s
    AND flight.started_at <= %(at)s
    AND flight.started_at > %(at)s - make_interval(days => %(days)s)
    AND flight.state IN ('completed', 'aborted')
    AND flight.has_flight
ORDER BY flight.started_at, flight.id
