-- What the foreign key of telemetry_point said, said once a statement: a point belongs to a flight
-- that is there, keeps it, and goes with it. What must never happen is a point without its flight,
-- whoever writes and in whichever order two transactions meet. See docs/decisions/0013.
--
-- The functions run with the rights of whoever writes, so they see what its policies show: the
-- flights of the bound organization. That flights are never truncated, the audit trail sees to.
DO $make$
DECLARE
    here text := current_schema();
BEGIN
    -- The flights are held as a foreign key holds them. Whoever is deleting one is waited for, and
    -- whoever comes to delete one waits for this transaction and then finds its points.
    EXECUTE format($function$
        CREATE FUNCTION telemetry_points_have_flights() RETURNS trigger
        LANGUAGE plpgsql SET search_path = %1$I, pg_temp AS $body$
        DECLARE
            named uuid[] := ARRAY(SELECT DISTINCT session_id FROM new_points);
            held uuid[] := ARRAY(
                SELECT id FROM flights_flightsession WHERE id = ANY (named)
                ORDER BY id FOR KEY SHARE
            );
        BEGIN
            IF cardinality(held) < cardinality(named) THEN
                RAISE EXCEPTION 'a point names a flight that is not there'
                    USING ERRCODE = 'foreign_key_violation', SCHEMA = TG_TABLE_SCHEMA,
                    TABLE = TG_TABLE_NAME, COLUMN = 'session_id', CONSTRAINT = TG_NAME,
                    DETAIL = format('Flight %%s.',
                        (SELECT min(each::text) FROM unnest(named) each WHERE each <> ALL (held)));
            END IF;
            RETURN NULL;
        END
        $body$
    $function$, here);

    -- Fires only where the value changes, for a leaf addressed by its own name too.
    EXECUTE format($function$
        CREATE FUNCTION telemetry_refuse_another_flight() RETURNS trigger
        LANGUAGE plpgsql SET search_path = %1$I, pg_temp AS $body$
        BEGIN
            RAISE EXCEPTION '%% of %% cannot be changed: points hang on it',
                TG_ARGV[0], TG_TABLE_NAME
                USING ERRCODE = 'foreign_key_violation', SCHEMA = TG_TABLE_SCHEMA,
                TABLE = TG_TABLE_NAME, COLUMN = TG_ARGV[0], CONSTRAINT = TG_NAME;
        END
        $body$
    $function$, here);

    -- A transaction that keeps the snapshot of its beginning would not see the points that were
    -- committed since, and would leave them behind.
    EXECUTE format($function$
        CREATE FUNCTION telemetry_points_go_with_flights() RETURNS trigger
        LANGUAGE plpgsql SET search_path = %1$I, pg_temp AS $body$
        BEGIN
            IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
                RAISE EXCEPTION 'flights are deleted under READ COMMITTED only'
                    USING ERRCODE = 'feature_not_supported';
            END IF;
            DELETE FROM telemetry_point
            WHERE session_id = ANY (ARRAY(SELECT id FROM gone_flights));
            RETURN NULL;
        END
        $body$
    $function$, here);
END
$make$;

REVOKE ALL ON FUNCTION telemetry_points_have_flights() FROM PUBLIC;
REVOKE ALL ON FUNCTION telemetry_refuse_another_flight() FROM PUBLIC;
REVOKE ALL ON FUNCTION telemetry_points_go_with_flights() FROM PUBLIC;

CREATE TRIGGER telemetry_point_flight AFTER INSERT ON telemetry_point
    REFERENCING NEW TABLE AS new_points
    FOR EACH STATEMENT EXECUTE FUNCTION telemetry_points_have_flights();
CREATE TRIGGER telemetry_point_keeps_flight BEFORE UPDATE OF session_id ON telemetry_point
    FOR EACH ROW WHEN (OLD.session_id IS DISTINCT FROM NEW.session_id)
    EXECUTE FUNCTION telemetry_refuse_another_flight('session_id');
CREATE TRIGGER telemetry_flight_keeps_id BEFORE UPDATE OF id ON flights_flightsession
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id)
    EXECUTE FUNCTION telemetry_refuse_another_flight('id');
CREATE TRIGGER telemetry_points_go_along AFTER DELETE ON flights_flightsession
    REFERENCING OLD TABLE AS gone_flights
    FOR EACH STATEMENT EXECUTE FUNCTION telemetry_points_go_with_flights();

ALTER TABLE telemetry_point DROP CONSTRAINT telemetry_point_session_id_fkey;
