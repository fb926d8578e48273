-- The months' partitions of audit_event: made ahead by a scheduled task, and on demand by the
-- functions that append.
CREATE FUNCTION public.audit_partition_of(moment timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT to_char(moment AT TIME ZONE 'UTC', '"audit_event_y"YYYY"m"MM')
$body$;

-- Made as a table of its own and then attached: that waits for nobody who is just inserting, and
-- lets them all go on, while CREATE TABLE ... PARTITION OF would lock them out and, with eight of
-- them at it, in a circle. Whoever comes second waits for the first, however long that takes: a
-- change must not fail for want of a partition.
CREATE FUNCTION public.audit_make_partition(moment timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = 0 AS $body$
DECLARE
    leaf text := public.audit_partition_of(moment);
    month timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
BEGIN
    -- The lock ATTACH takes anyway. Getting it also tells this session what others have made while
    -- it waited; after an advisory lock it would still believe the partition missing.
    LOCK TABLE ONLY public.audit_event IN SHARE UPDATE EXCLUSIVE MODE;
    IF to_regclass('public.' || leaf) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_event INCLUDING DEFAULTS'
        ' INCLUDING CONSTRAINTS)', leaf);
    PERFORM public.audit_protect(format('public.%I', leaf)::regclass);
    EXECUTE format('ALTER TABLE public.audit_event ATTACH PARTITION public.%I'
        ' FOR VALUES FROM (%L) TO (%L)',
        leaf, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
END
$body$;

-- This month and the next three. Returns how many it made.
CREATE FUNCTION public.audit_prepare_partitions() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    made integer := 0;
    moment timestamptz;
BEGIN
    FOR ahead IN 0..3 LOOP
        moment := statement_timestamp() + make_interval(months => ahead);
        IF to_regclass('public.' || public.audit_partition_of(moment)) IS NULL THEN
            PERFORM public.audit_make_partition(moment);
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END
$body$;

REVOKE ALL ON FUNCTION public.audit_partition_of(timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.audit_make_partition(timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.audit_prepare_partitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.audit_prepare_partitions() TO dbx_app;

SELECT public.audit_prepare_partitions();
