-- One moment of a flight, partitioned by month. Physical ranges are those of channels.py: wide
-- enough for jets and gliders. NaN sorts above every number, so the upper bounds refuse it too.
CREATE TABLE telemetry_point (
    session_id uuid NOT NULL REFERENCES flights_flightsession (id) ON DELETE CASCADE,
    "timestamp" timestamptz NOT NULL,
    latitude double precision,
    longitude double precision,
    altitude_m real,
    height_m real,
    ground_speed_ms real,
    airspeed_ms real,
    vertical_speed_ms real,
    roll_deg real,
    pitch_deg real,
    yaw_deg real,
    battery_voltage_v real,
    battery_current_a real,
    battery_percentage real,
    vibration_x_ms2 real,
    vibration_y_ms2 real,
    vibration_z_ms2 real,
    gps_hdop real,
    gps_satellites smallint,
    gps_fix_type smallint,
    motor_rpm real[],
    extras jsonb,
    CONSTRAINT telemetry_point_pkey PRIMARY KEY (session_id, "timestamp"),
    CONSTRAINT telemetry_latitude CHECK (latitude BETWEEN -90 AND 90),
    CONSTRAINT telemetry_longitude CHECK (longitude BETWEEN -180 AND 180),
    CONSTRAINT telemetry_altitude CHECK (altitude_m BETWEEN -1000 AND 60000),
    CONSTRAINT telemetry_height CHECK (height_m BETWEEN -12000 AND 60000),
    CONSTRAINT telemetry_ground_speed CHECK (ground_speed_ms BETWEEN 0 AND 1200),
    CONSTRAINT telemetry_airspeed CHECK (airspeed_ms BETWEEN 0 AND 1200),
    CONSTRAINT telemetry_vertical_speed CHECK (vertical_speed_ms BETWEEN -400 AND 400),
    CONSTRAINT telemetry_roll CHECK (roll_deg BETWEEN -180 AND 180),
    CONSTRAINT telemetry_pitch CHECK (pitch_deg BETWEEN -180 AND 180),
    CONSTRAINT telemetry_yaw CHECK (yaw_deg BETWEEN -180 AND 360),
    CONSTRAINT telemetry_battery_voltage CHECK (battery_voltage_v BETWEEN 0 AND 1000),
    CONSTRAINT telemetry_battery_current CHECK (battery_current_a BETWEEN -1000 AND 5000),
    CONSTRAINT telemetry_battery_percentage CHECK (battery_percentage BETWEEN 0 AND 100),
    CONSTRAINT telemetry_vibration_x CHECK (vibration_x_ms2 BETWEEN 0 AND 1000),
    CONSTRAINT telemetry_vibration_y CHECK (vibration_y_ms2 BETWEEN 0 AND 1000),
    CONSTRAINT telemetry_vibration_z CHECK (vibration_z_ms2 BETWEEN 0 AND 1000),
    CONSTRAINT telemetry_hdop CHECK (gps_hdop BETWEEN 0 AND 100),
    CONSTRAINT telemetry_satellites CHECK (gps_satellites BETWEEN 0 AND 100),
    CONSTRAINT telemetry_fix CHECK (gps_fix_type BETWEEN 0 AND 8)
) PARTITION BY RANGE ("timestamp");

-- Windows across all flights of an organization, such as "the last hour".
CREATE INDEX telemetry_point_time ON telemetry_point USING brin ("timestamp");

-- Makes the partition of one month. The application role owns nothing and so cannot do it itself;
-- this function runs as the owner and does only this, for its own organization.
DO $make$
DECLARE
    here text := current_schema();
    organization text := current_setting('app.current_org_id');
BEGIN
    EXECUTE format($function$
        CREATE FUNCTION telemetry_ensure_partition(month date) RETURNS void
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
            IF to_regclass(format('%%I.%%I', %3$L, leaf)) IS NOT NULL THEN
                RETURN;
            END IF;
            PERFORM pg_advisory_xact_lock(hashtext(%3$L || '.telemetry_point'));
            -- Taking a lock brings the catalogue up to date: without it the check below may still
            -- answer from before another worker made the partition.
            LOCK TABLE ONLY telemetry_point IN SHARE UPDATE EXCLUSIVE MODE;
            IF to_regclass(format('%%I.%%I', %3$L, leaf)) IS NOT NULL THEN
                RETURN;
            END IF;
            EXECUTE format('CREATE TABLE %%I PARTITION OF telemetry_point '
                'FOR VALUES FROM (%%L) TO (%%L)', leaf, first || ' 00:00:00+00',
                (first + interval '1 month')::date || ' 00:00:00+00');
            EXECUTE format('ALTER TABLE %%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', leaf);
            EXECUTE format('CREATE POLICY org_access_policy ON %%I USING (true)', leaf);
            EXECUTE format('CREATE POLICY org_isolation_policy ON %%I AS RESTRICTIVE USING '
                '(nullif(current_setting(''app.current_org_id'', true), '''')::uuid = %%L::uuid)',
                leaf, %2$L);
        END
        $body$
    $function$, here, organization, here);
    EXECUTE 'REVOKE ALL ON FUNCTION telemetry_ensure_partition(date) FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION telemetry_ensure_partition(date) TO dbx_app';
END
$make$;
