-- What flew, by day and pilot; all zeros stand for flights without a named pilot, as NULL would be no
-- key that a refresh could tell rows apart by. Without the aircraft: with it there would be about as
-- many rows as flights, and adding up a year of them took as long as adding up the flights.
CREATE MATERIALIZED VIEW analytics_dailypilots_data AS
SELECT
    (flight.started_at AT TIME ZONE organization.time_zone)::date AS day,
    coalesce(flight.pilot_id, '00000000-0000-0000-0000-000000000000') AS pilot_id,
    count(*)::integer AS flights,
    coalesce(sum(flight.airborne_s::numeric), 0) AS airborne_s,
    count(flight.airborne_s)::integer AS timed_flights,
    coalesce(sum(flight.distance_m::numeric), 0) AS distance_m
FROM flights_flightsession AS flight
CROSS JOIN public.tenants_organization AS organization
WHERE organization.id = nullif(current_setting('app.current_org_id', true), '')::uuid
    AND flight.state IN ('completed', 'aborted')
    AND flight.has_flight
GROUP BY 1, 2;

CREATE UNIQUE INDEX analytics_dailypilots_unique ON analytics_dailypilots_data (day, pilot_id);
