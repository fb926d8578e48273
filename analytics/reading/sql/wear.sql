-- What the wear score is made from: every aircraft in service, or the one asked for whatever its
-- status, with its findings of the last 30 days and its risks of the last 7, counted back from the
-- day that the moment falls on in the organization's time zone.
WITH today AS (
    SELECT (%(at)s::timestamptz AT TIME ZONE organization.time_zone)::date AS day,
        organization.time_zone
    FROM public.tenants_organization AS organization
    WHERE organization.id = nullif(current_setting('app.current_org_id', true), '')::uuid
),
found AS (
    SELECT aircraft_id,
        sum(anomalies) FILTER (WHERE component = 'motor') AS motor,
        sum(anomalies) FILTER (WHERE component = 'control_surface') AS control_surface,
        sum(anomalies) FILTER (WHERE component = 'battery') AS battery
    FROM analytics_dailyanomalies
    WHERE day > (SELECT day FROM today) - %(finding_days)s AND day <= (SELECT day FROM today)
        AND (%(aircraft_id)s::uuid IS NULL OR aircraft_id = %(aircraft_id)s::uuid)
    GROUP BY aircraft_id
),
analysed AS (
    SELECT aircraft_id,
        sum(analysed_flights) AS analysed_flights,
        sum(scored_flights) FILTER (WHERE day > (SELECT day FROM today) - %(risk_days)s)
            AS scored_flights,
        sum(risk_sum) FILTER (WHERE day > (SELECT day FROM today) - %(risk_days)s) AS risk_sum
    FROM analytics_dailyanalyses
    WHERE day > (SELECT day FROM today) - %(finding_days)s AND day <= (SELECT day FROM today)
        AND (%(aircraft_id)s::uuid IS NULL OR aircraft_id = %(aircraft_id)s::uuid)
    GROUP BY aircraft_id
)
SELECT aircraft.id AS aircraft_id, aircraft.registration, aircraft.name, aircraft.aircraft_type,
    aircraft.status, aircraft.next_maintenance_on AS maintenance_on, today.day AS today,
    today.time_zone,
    coalesce(found.motor, 0) AS motor,
    coalesce(found.control_surface, 0) AS control_surface,
    coalesce(found.battery, 0) AS battery,
    coalesce(analysed.analysed_flights, 0) AS analysed_flights,
    coalesce(analysed.scored_flights, 0) AS scored_flights,
    coalesce(analysed.risk_sum, 0) AS risk_sum
FROM fleet_aircraft AS aircraft
CROSS JOIN today
LEFT JOIN found ON found.aircraft_id = aircraft.id
LEFT JOIN analysed ON analysed.aircraft_id = aircraft.id
WHERE CASE WHEN %(aircraft_id)s::uuid IS NULL THEN aircraft.status <> 'retired'
    ELSE aircraft.id = %(aircraft_id)s::uuid END
