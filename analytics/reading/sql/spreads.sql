-- Percentiles of each measure over the days from one up to and without another, to the last digit
-- what percentile_cont makes of all values: it goes straight between the two values whose places are
-- around share * (count - 1). Weeks that lie in the period as a whole are counted by step; of those at
-- its edges the flights of its days are. See analytics/sql/weekly_spreads.sql.
WITH edge AS MATERIALIZED (
    SELECT measure, step, value, times
    FROM (
        SELECT measure, step, unnest(values) AS value, unnest(days) AS day, unnest(times) AS times
        FROM analytics_weeklyspreads
        WHERE week IN (
                date_trunc('week', %(start)s::date::timestamp)::date,
                date_trunc('week', %(end)s::date::timestamp - interval '1 day')::date
            )
            AND NOT (week >= %(start)s::date AND week <= %(end)s::date - 7)
    ) AS one
    WHERE day >= %(start)s::date AND day < %(end)s::date
),
counted AS (
    SELECT measure, step, sum(flights)::integer AS flights
    FROM (
        SELECT measure, step, flights FROM analytics_weeklyspreads
        WHERE week >= %(start)s::date AND week <= %(end)s::date - 7
        UNION ALL
        SELECT measure, step, times FROM edge
    ) AS part
    GROUP BY measure, step
),
placed AS (
    SELECT measure, step, flights,
        sum(flights) OVER (PARTITION BY measure ORDER BY step) - flights AS below,
        sum(flights) OVER (PARTITION BY measure) AS total
    FROM counted
),
wanted AS MATERIALIZED (
    SELECT measure, step, below, total, share.number, place
    FROM placed
    CROSS JOIN unnest(%(shares)s::float8[]) WITH ORDINALITY AS share (share, number)
    CROSS JOIN LATERAL (SELECT share.share * (total - 1)::float8 AS place) AS exactly
    WHERE below <= ceil(place) AND below + flights > floor(place)
),
-- Taken out once, as each of the wanted steps looks through all of them.
opened_edge AS MATERIALIZED (
    SELECT measure, step, value, times FROM edge
    WHERE (measure, step) IN (SELECT measure, step FROM wanted)
),
around AS (
    SELECT wanted.measure, wanted.total, wanted.number, wanted.place - floor(wanted.place) AS way,
        min(found.low) AS low, min(found.high) AS high
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT min(value) FILTER (WHERE upto > floor(wanted.place)) AS low,
            min(value) FILTER (WHERE upto > ceil(wanted.place)) AS high
        FROM (
            SELECT value, wanted.below
                + sum(times) OVER (ORDER BY value ROWS UNBOUNDED PRECEDING) AS upto
            FROM (
                SELECT unnest(values) AS value, unnest(times) AS times
                FROM analytics_weeklyspreads
                WHERE measure = wanted.measure AND step = wanted.step
                    AND week >= %(start)s::date AND week <= %(end)s::date - 7
                UNION ALL
                SELECT value, times FROM opened_edge
                WHERE measure = wanted.measure AND step = wanted.step
            ) AS opened
        ) AS ranked
    ) AS found
    GROUP BY 1, 2, 3, 4
)
SELECT measure, total, array_agg(low + way * (high - low) ORDER BY number)
FROM around
GROUP BY measure, total
