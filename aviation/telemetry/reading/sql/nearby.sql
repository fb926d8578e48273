-- Which flights have a point within a circle, how near the nearest one lies and when that was.
-- min() of pairs is the nearest distance with its earliest moment, in memory of one pair a flight.
SELECT flight.id, flight.started_at, aircraft.id, aircraft.registration, near.nearest[1],
    to_timestamp(near.nearest[2])
FROM (
    SELECT point.session_id,
        min(ARRAY[point.distance_m, date_part('epoch', point."timestamp")]) AS nearest
    FROM (
        SELECT session_id, "timestamp",
            2 * %(earth_radius_m)s::float8 * asin(sqrt(least(1,
                sin(radians(latitude - %(latitude)s::float8) / 2) ^ 2
                + cos(radians(%(latitude)s::float8)) * cos(radians(latitude))
                    * sin(radians(longitude - %(longitude)s::float8) / 2) ^ 2))) AS distance_m
        FROM telemetry_point
        WHERE "timestamp" >= %(start)s AND "timestamp" <= %(end)s
            AND latitude >= %(south)s::float8 AND latitude <= %(north)s::float8
            AND ({longitudes})
        OFFSET 0
    ) AS point
    WHERE point.distance_m <= %(radius_m)s
    GROUP BY point.session_id
) AS near
JOIN flights_flightsession AS flight ON flight.id = near.session_id
JOIN fleet_aircraft AS aircraft ON aircraft.id = flight.aircraft_id
WHERE {sight}
ORDER BY near.nearest, flight.id
LIMIT %(limit)s
