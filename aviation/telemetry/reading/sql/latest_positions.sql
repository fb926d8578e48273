-- The newest position of each aircraft: of its streams, or of its newest log with positions where
-- that began later. The two conditions filled in say which flights the asking member sees.
SELECT aircraft.id, aircraft.registration, aircraft.name, aircraft.aircraft_type,
    coalesce(point.session_id, stream.session_id),
    coalesce(point."timestamp", stream.last_point_at),
    CASE WHEN point.session_id IS NULL THEN stream.latitude ELSE point.latitude END,
    CASE WHEN point.session_id IS NULL THEN stream.longitude ELSE point.longitude END,
    CASE WHEN point.session_id IS NULL THEN stream.altitude_m ELSE point.altitude_m END,
    CASE WHEN point.session_id IS NULL THEN stream.height_m ELSE point.height_m END,
    CASE WHEN point.session_id IS NULL THEN stream.ground_speed_ms ELSE point.ground_speed_ms END,
    CASE WHEN point.session_id IS NULL THEN stream.yaw_deg ELSE point.yaw_deg END,
    CASE WHEN point.session_id IS NULL THEN stream.battery_percentage
        ELSE point.battery_percentage END,
    CASE WHEN point.session_id IS NULL THEN stream.battery_voltage_v
        ELSE point.battery_voltage_v END,
    CASE WHEN point.session_id IS NULL AND stream.closed_at IS NULL
        THEN stream.last_received_at END
FROM fleet_aircraft AS aircraft
LEFT JOIN LATERAL (
    SELECT * FROM telemetry_streamedflight AS each
    WHERE each.aircraft_id = aircraft.id
        AND each.latitude IS NOT NULL AND each.longitude IS NOT NULL AND {stream_sight}
    ORDER BY each.last_point_at DESC
    LIMIT 1
) AS stream ON true
LEFT JOIN LATERAL (
    SELECT flight.id,
        coalesce(charts.first_point_at, flight.started_at - interval '31 days') AS first_at,
        coalesce(charts.last_point_at,
            coalesce(flight.ended_at, flight.started_at) + interval '31 days') AS last_at
    FROM flights_flightsession AS flight
    JOIN telemetry_flightoverview AS charts ON charts.session_id = flight.id
    WHERE flight.aircraft_id = aircraft.id
        AND charts.channels @> ARRAY['latitude', 'longitude']::varchar[]
        AND (stream.session_id IS NULL OR flight.started_at > stream.last_point_at)
        AND {log_sight}
    ORDER BY flight.started_at DESC
    LIMIT 1
) AS log ON true
LEFT JOIN LATERAL (
    SELECT * FROM telemetry_point AS each
    WHERE each.session_id = log.id
        AND each."timestamp" >= log.first_at AND each."timestamp" <= log.last_at
        AND each.latitude IS NOT NULL AND each.longitude IS NOT NULL
    ORDER BY each."timestamp" DESC
    LIMIT 1
) AS point ON true
WHERE stream.session_id IS NOT NULL OR point.session_id IS NOT NULL
ORDER BY aircraft.registration, aircraft.id
