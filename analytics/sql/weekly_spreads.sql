-- Every known time in the air and every risk of the counted flights, kept so that a percentile of any
-- days is found without looking at most of them: by week, by measure ("d", the time in the air in
-- seconds, and "r", the risk), and by steps of the value that grow by a thirty-second of a doubling.
-- Flights are counted by step until the steps that hold the wanted places are known, and only those
-- steps' values are looked at one by one (analytics/reading/sql/spreads.sql). Values are kept as they
-- are: nothing is rounded to its step.
--
-- The three arrays belong together: "times" flights of "days" had just this one of "values".
CREATE MATERIALIZED VIEW analytics_weeklyspreads_data AS
WITH known AS (
    SELECT
        'd'::"char" AS measure,
        flight.airborne_s AS value,
        (flight.started_at AT TIME ZONE organization.time_zone)::date AS day
    FROM flights_flightsession AS flight
    CROSS JOIN public.tenants_organization AS organization
    WHERE organization.id = nullif(current_setting('app.current_org_id', true), '')::uuid
        AND flight.state IN ('completed', 'aborted')
        AND flight.has_flight
        AND flight.airborne_s IS NOT NULL
    UNION ALL
    SELECT
        'r',
        analysis.risk_score,
        (flight.started_at AT TIME ZONE organization.time_zone)::date
    FROM flights_flightsession AS flight
    JOIN mlresults_analysis AS analysis ON analysis.session_id = flight.id AND analysis.is_active
    CROSS JOIN public.tenants_organization AS organization
    WHERE organization.id = nullif(current_setting('app.current_org_id', true), '')::uuid
        AND flight.state IN ('completed', 'aborted')
        AND flight.has_flight
        AND analysis.risk_score IS NOT NULL
),
-- Sorted once, for the grouping, the sums and the arrays alike.
stepped AS (
    SELECT
        date_trunc('week', day::timestamp)::date AS week,
        measure,
        width_bucket(value, (
            SELECT array_agg(2::float8 ^ (n / 32.0) ORDER BY n) FROM generate_series(-192, 544) AS n
        )) AS step,
        value,
        day
    FROM known
    ORDER BY 1, 2, 3, 4, 5
),
alike AS (
    SELECT week, measure, step, value, day, count(*)::integer AS times
    FROM stepped
    GROUP BY 1, 2, 3, 4, 5
)
SELECT
    week,
    measure,
    step,
    sum(times)::integer AS flights,
    array_agg(value ORDER BY value, day) AS values,
    array_agg(day ORDER BY value, day) AS days,
    array_agg(times ORDER BY value, day) AS times
FROM alike
GROUP BY 1, 2, 3;

-- With the flights, so that counting them by step reads the index alone.
CREATE UNIQUE INDEX analytics_weeklyspreads_unique
    ON analytics_weeklyspreads_data (week, measure, step) INCLUDE (flights);

-- The values of one step.
CREATE INDEX analytics_weeklyspreads_by_step
    ON analytics_weeklyspreads_data (measure, step, week);
