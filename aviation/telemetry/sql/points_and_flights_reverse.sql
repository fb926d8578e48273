ALTER TABLE telemetry_point ADD CONSTRAINT telemetry_point_session_id_fkey
    FOREIGN KEY (session_id) REFERENCES flights_flightsession (id) ON DELETE CASCADE;
DROP TRIGGER telemetry_points_go_along ON flights_flightsession;
DROP TRIGGER telemetry_flight_keeps_id ON flights_flightsession;
DROP TRIGGER telemetry_point_keeps_flight ON telemetry_point;
DROP TRIGGER telemetry_point_flight ON telemetry_point;
DROP FUNCTION telemetry_points_go_with_flights();
DROP FUNCTION telemetry_refuse_another_flight();
DROP FUNCTION telemetry_points_have_flights();
