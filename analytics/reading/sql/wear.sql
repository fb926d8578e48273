-- What the wear score is made from: every aircraft in service, or the one asked for whatever its
-- status, with its findings of the last 30 days and its risks of the last 7, counted back from the
-- day that the moment falls on in the organization's time zone.
--
-- One pass that groups rows of three kinds, and no join: the row policies let the planner expect a
-- single aircraft, and it would compare each with every sum, one by one.
WITH today AS (
    SELECT (%(at)s::timestamptz AT TIME ZONE organization.time_zone)::date AS day,
        organization.time_zone
    FROM public.tenants_organization AS organization
    WHERE organization.id = nullif(current_setting('app.current_org_id', true), '')::uuid
),
known (aircraft_id, registration, name, aircraft_type, status, maintenance_on,
    component, anomalies, analysed_flights, scored_flights, risk_sum) AS (
    SELECT id, registration, name, aircraft_type, status, next_maintenance_on,
        NULL::text, 0, 0, 0, 0::numeric
    FROM fleet_aircraft
    WHERE CASE WHEN %(aircraft_id)s::uuid IS NULL THEN status <> 'retired'
        ELSE id = %(aircraft_id)s::uuid END
    UNION ALL
    SELECT aircraft_id, NULL, NULL, NULL, NULL, NULL, component, anomalies, 0, 0, 0
    FROM analytics_dailyanomalies
    WHERE day > (SELECT day FROM today) - %(finding_days)s AND day <= (SELECT day FROM today)
        AND (%(aircraft_id)s::uuid IS NULL OR aircraft_id = %(aircraft_id)s::uuid)
    UNION ALL
    SELECT aircraft_id, NULL, NULL, NULL, NULL, NULL, NULL, 0, analysed_flights,
        CASE WHEN day > (SELECT day FROM today) - %(risk_days)s THEN scored_flights ELSE 0 END,
        CASE WHEN day > (SELECT day FROM today) - %(risk_days)s THEN risk_sum ELSE 0 END
    FROM analytics_dailyanalyses
    WHERE day > (SELECT day FROM today) - %(finding_days)s AND day <= (SELECT day FROM today)
        AND (%(aircraft_id)s::uuid IS NULL OR aircraft_id = %(aircraft_id)s::uuid)
)
SELECT aircraft_id, max(registration) AS registration, max(name) AS name,
    max(aircraft_type) AS aircraft_type, max(status) AS status,
    max(maintenance_on) AS maintenance_on,
    (SELECT day FROM today) AS today, (SELECT time_zone FROM today) AS time_zone,
    sum(CASE WHEN component = 'motor' THEN anomalies ELSE 0 END) AS motor,
    sum(CASE WHEN component = 'control_surface' THEN anomalies ELSE 0 END) AS control_surface,
    sum(CASE WHEN component = 'battery' THEN anomalies ELSE 0 END) AS battery,
    sum(analysed_flights) AS analysed_flights, sum(scored_flights) AS scored_flights,
    sum(risk_sum) AS risk_sum
FROM known
GROUP BY aircraft_id
HAVING count(registration) > 0
