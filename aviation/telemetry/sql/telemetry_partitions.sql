-- Makes the partition of one month. The application role owns nothing and so cannot do it itself;
-- this function runs as the owner and does only this, for its own organization.
--
-- Made as a table of its own and then attached: CREATE TABLE ... PARTITION OF would wait for every
-- reader of the organization's telemetry, and everybody else behind it.
DO $make$
DECLARE
    here text := current_schema();
    organization text := current_setting('app.current_org_id');
BEGIN
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION telemetry_ensure_partition(month date) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp AS $body$
        DECLARE
            first date := date_trunc('month', month)::date;
            leaf text := to_char(first, '"telemetry_point_y"YYYY"m"MM');
        BEGIN
            IF nullif(current_setting('app.current_org_id', true), '') IS DISTINCT FROM %2$L THEN
                RAISE EXCEPTION 'another organization is bound' USING ERRCODE = '42501';
            END IF;
            IF first < date '1990-01-01' OR first > current_date + 400 THEN
                RAISE EXCEPTION 'no partition is made for %%', first USING ERRCODE = '22008';
            END IF;
            -- The lock that writing takes anyway, before looking: until this transaction ends
            -- nobody drops the partition that is found here.
            LOCK TABLE ONLY telemetry_point IN ROW EXCLUSIVE MODE;
            IF to_regclass(format('%%I.%%I', %3$L, leaf)) IS NOT NULL THEN
                RETURN;
            END IF;
            -- The lock that ATTACH takes. Whoever comes second waits here and then sees what the
            -- first has made: taking a lock brings the catalogue up to date.
            LOCK TABLE ONLY telemetry_point IN SHARE UPDATE EXCLUSIVE MODE;
            IF to_regclass(format('%%I.%%I', %3$L, leaf)) IS NOT NULL THEN
                RETURN;
            END IF;
            EXECUTE format('CREATE TABLE %%I (LIKE telemetry_point INCLUDING DEFAULTS'
                ' INCLUDING CONSTRAINTS)', leaf);
            EXECUTE format('ALTER TABLE %%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', leaf);
            EXECUTE format('CREATE POLICY org_access_policy ON %%I USING (true)', leaf);
            EXECUTE format('CREATE POLICY org_isolation_policy ON %%I AS RESTRICTIVE USING '
                '(nullif(current_setting(''app.current_org_id'', true), '''')::uuid = %%L::uuid)',
                leaf, %2$L);
            EXECUTE format('ALTER TABLE telemetry_point ATTACH PARTITION %%I '
                'FOR VALUES FROM (%%L) TO (%%L)', leaf, first || ' 00:00:00+00',
                (first + interval '1 month')::date || ' 00:00:00+00');
        END
        $body$
    $function$, here, organization, here);
    EXECUTE 'REVOKE ALL ON FUNCTION telemetry_ensure_partition(date) FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION telemetry_ensure_partition(date) TO dbx_app';
END
$make$;
