-- What flew, by day and aircraft. A day is the flight's start in the organization's time zone.
-- Counted are flights that left the ground and have ended (FlightSession.objects.flown()). Seconds
-- and metres are summed as numeric, so that the order of the rows changes no digit; flights whose
-- time in the air is unknown count in "flights" and not in "timed_flights".
CREATE MATERIALIZED VIEW analytics_dailyflights_data AS
SELECT
    (flight.started_at AT TIME ZONE organization.time_zone)::date AS day,
    flight.aircraft_id,
    count(*)::integer AS flights,
    coalesce(sum(flight.airborne_s::numeric), 0) AS airborne_s,
    count(flight.airborne_s)::integer AS timed_flights,
    coalesce(sum(flight.distance_m::numeric), 0) AS distance_m,
    avg(flight.airborne_s::numeric) AS duration_avg_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY flight.airborne_s) AS duration_p95_s
FROM flights_flightsession AS flight
CROSS JOIN public.tenants_organization AS organization
WHERE organization.id = nullif(current_setting('app.current_org_id', true), '')::uuid
    AND flight.state IN ('completed', 'aborted')
    AND flight.has_flight
GROUP BY 1, 2;

-- Also what REFRESH ... CONCURRENTLY tells rows apart by.
CREATE UNIQUE INDEX analytics_dailyflights_unique
    ON analytics_dailyflights_data (day, aircraft_id);
