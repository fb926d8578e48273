-- Drops a month's partition whose every row lies in files that were read back. The application
-- role owns nothing, so this runs as the owner, for its own organization only.
--
-- What must never happen: a row dropped that no file holds. So writers are shut out first; then the
-- rows of each flight are counted against its file; then, in the same transaction, the files come
-- into force and the partition goes.
DO $make$
DECLARE
    here text := current_schema();
    organization text := current_setting('app.current_org_id');
BEGIN
    EXECUTE format($function$
        CREATE FUNCTION telemetry_drop_archived(month date) RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp AS $body$
        DECLARE
            first date := date_trunc('month', month)::date;
            leaf text := to_char(first, '"telemetry_point_y"YYYY"m"MM');
            missing bigint;
            moved bigint;
        BEGIN
            IF nullif(current_setting('app.current_org_id', true), '') IS DISTINCT FROM %2$L THEN
                RAISE EXCEPTION 'another organization is bound' USING ERRCODE = '42501';
            END IF;
            IF to_regclass(format('%%I.%%I', %3$L, leaf)) IS NULL THEN
                RETURN 0;
            END IF;
            EXECUTE format('LOCK TABLE %%I IN SHARE ROW EXCLUSIVE MODE', leaf);
            EXECUTE format($check$
                SELECT count(*) FROM (
                    SELECT session_id, count(*) AS n, min("timestamp") AS a, max("timestamp") AS z
                    FROM %%I GROUP BY session_id
                ) AS held
                FULL JOIN (
                    SELECT session_id, rows, first_point_at, last_point_at
                    FROM telemetry_coldfile WHERE month = %%L AND NOT is_in_force
                ) AS filed USING (session_id)
                WHERE (held.n, held.a, held.z)
                    IS DISTINCT FROM (filed.rows, filed.first_point_at, filed.last_point_at)
            $check$, leaf, first) INTO missing;
            IF missing > 0 THEN
                RAISE EXCEPTION '%% flights of %% are not as their files say', missing, first
                    USING ERRCODE = '55000';
            END IF;
            UPDATE telemetry_coldfile SET is_in_force = true
            WHERE telemetry_coldfile.month = first AND NOT is_in_force;
            SELECT coalesce(sum(rows), 0) INTO moved FROM telemetry_coldfile
            WHERE telemetry_coldfile.month = first AND is_in_force;
            EXECUTE format('DROP TABLE %%I', leaf);
            RETURN moved;
        END
        $body$
    $function$, here, organization, here);
    EXECUTE 'REVOKE ALL ON FUNCTION telemetry_drop_archived(date) FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION telemetry_drop_archived(date) TO dbx_app';
END
$make$;
