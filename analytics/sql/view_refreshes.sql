-- The views were filled when they were made, a moment ago.
INSERT INTO analytics_viewrefresh (view, refreshed_at, took_ms, row_count, covers, failures, error)
VALUES
    ('analytics_dailyflights', now(), 0, 0, '', 0, ''),
    ('analytics_dailyanalyses', now(), 0, 0, '', 0, ''),
    ('analytics_dailyanomalies', now(), 0, 0, '', 0, '');
