-- The views were filled when they were made, a moment ago; the clock makes all of them anew soon, as
-- none of these tells what it covers.
INSERT INTO analytics_viewrefresh (view, refreshed_at, took_ms, row_count, failures, error)
VALUES
    ('analytics_dailylevels', now(), 0, 0, 0, ''),
    ('analytics_dailypilots', now(), 0, 0, 0, ''),
    ('analytics_weeklyspreads', now(), 0, 0, 0, '');
