"""The layouts of PX4's log topics, with the field names and types PX4 1.15 logs have.

Fields are in the order of a real log: by size, largest first. Fields that carry nothing here
(reserved ones, other vehicles' flags) are left out; a ULog describes its own layout, so readers
find the rest by name.
"""

from __future__ import annotations

from aviation.telemetry.simulation.ulog_writer import TopicFormat

_SAMPLED = "uint64_t timestamp;uint64_t timestamp_sample;"

VEHICLE_STATUS = TopicFormat(
    "vehicle_status:uint64_t timestamp;uint64_t armed_time;uint64_t takeoff_time;"
    "uint64_t nav_state_timestamp;uint16_t failure_detector_status;uint8_t arming_state;"
    "uint8_t latest_arming_reason;uint8_t latest_disarming_reason;"
    "uint8_t nav_state_user_intention;uint8_t nav_state;uint8_t hil_state;uint8_t vehicle_type;"
    "bool failsafe;bool failsafe_and_user_took_over;bool gcs_connection_lost;bool is_vtol;"
    "uint8_t system_type;uint8_t system_id;uint8_t component_id;bool power_input_valid;"
    "bool pre_flight_checks_pass;"
)
FAILURE_DETECTOR_STATUS = TopicFormat(
    "failure_detector_status:uint64_t timestamp;float imbalanced_prop_metric;"
    "uint16_t motor_failure_mask;bool fd_roll;bool fd_pitch;bool fd_alt;bool fd_ext;"
    "bool fd_arm_escs;bool fd_battery;bool fd_imbalanced_prop;bool fd_motor;"
)
FAILSAFE_FLAGS = TopicFormat(
    "failsafe_flags:uint64_t timestamp;bool attitude_invalid;bool local_position_invalid;"
    "bool global_position_invalid;bool manual_control_signal_lost;bool gcs_connection_lost;"
    "uint8_t battery_warning;bool battery_unhealthy;bool geofence_breached;bool mission_failure;"
    "bool fd_critical_failure;bool fd_esc_arming_failure;bool fd_imbalanced_prop;"
    "bool fd_motor_failure;"
)
VEHICLE_LAND_DETECTED = TopicFormat(
    "vehicle_land_detected:uint64_t timestamp;bool freefall;bool ground_contact;"
    "bool maybe_landed;bool landed;bool in_ground_effect;bool in_descend;bool has_low_throttle;"
    "bool vertical_movement;bool horizontal_movement;bool rotational_movement;"
    "bool close_to_ground_or_skipped_check;bool at_rest;"
)
VEHICLE_ATTITUDE = TopicFormat(
    f"vehicle_attitude:{_SAMPLED}float[4] q;float[4] delta_q_reset;uint8_t quat_reset_counter;"
)
VEHICLE_ATTITUDE_SETPOINT = TopicFormat(
    "vehicle_attitude_setpoint:uint64_t timestamp;float roll_body;float pitch_body;"
    "float yaw_body;float yaw_sp_move_rate;float[4] q_d;float[3] thrust_body;"
    "bool reset_integral;bool fw_control_yaw_wheel;"
)
VEHICLE_ANGULAR_VELOCITY = TopicFormat(
    f"vehicle_angular_velocity:{_SAMPLED}float[3] xyz;float[3] xyz_derivative;"
)
VEHICLE_LOCAL_POSITION = TopicFormat(
    f"vehicle_local_position:{_SAMPLED}uint64_t ref_timestamp;double ref_lat;double ref_lon;"
    "float x;float y;float z;float[2] delta_xy;float delta_z;float vx;float vy;float vz;"
    "float z_deriv;float[2] delta_vxy;float delta_vz;float ax;float ay;float az;float heading;"
    "float unaided_heading;float delta_heading;float ref_alt;float dist_bottom;float eph;"
    "float epv;float evh;float evv;bool xy_valid;bool z_valid;bool v_xy_valid;bool v_z_valid;"
    "uint8_t xy_reset_counter;uint8_t z_reset_counter;uint8_t vxy_reset_counter;"
    "uint8_t vz_reset_counter;uint8_t heading_reset_counter;bool heading_good_for_control;"
    "bool xy_global;bool z_global;bool dist_bottom_valid;uint8_t dist_bottom_sensor_bitfield;"
    "bool dead_reckoning;"
)
VEHICLE_GLOBAL_POSITION = TopicFormat(
    f"vehicle_global_position:{_SAMPLED}double lat;double lon;float alt;float alt_ellipsoid;"
    "float delta_alt;float eph;float epv;float terrain_alt;uint8_t lat_lon_reset_counter;"
    "uint8_t alt_reset_counter;bool terrain_alt_valid;bool dead_reckoning;"
)
VEHICLE_GPS_POSITION = TopicFormat(
    f"vehicle_gps_position:{_SAMPLED}double latitude_deg;double longitude_deg;"
    "double altitude_msl_m;double altitude_ellipsoid_m;uint64_t time_utc_usec;"
    "uint32_t device_id;float s_variance_m_s;float c_variance_rad;float eph;float epv;"
    "float hdop;float vdop;int32_t noise_per_ms;int32_t jamming_indicator;float vel_m_s;"
    "float vel_n_m_s;float vel_e_m_s;float vel_d_m_s;float cog_rad;"
    "int32_t timestamp_time_relative;float heading;float heading_offset;float heading_accuracy;"
    "uint8_t fix_type;uint8_t jamming_state;uint8_t spoofing_state;bool vel_ned_valid;"
    "uint8_t satellites_used;"
)
BATTERY_STATUS = TopicFormat(
    "battery_status:uint64_t timestamp;float voltage_v;float voltage_filtered_v;float current_a;"
    "float current_filtered_a;float current_average_a;float discharged_mah;float remaining;"
    "float scale;float time_remaining_s;float temperature;float[14] voltage_cell_v;"
    "float max_cell_voltage_delta;uint16_t capacity;uint16_t cycle_count;uint16_t faults;"
    "bool connected;uint8_t cell_count;uint8_t source;uint8_t priority;uint8_t id;"
    "bool is_required;uint8_t warning;"
)
ACTUATOR_OUTPUTS = TopicFormat(
    "actuator_outputs:uint64_t timestamp;uint32_t noutputs;float[16] output;"
)
ACTUATOR_MOTORS = TopicFormat(
    f"actuator_motors:{_SAMPLED}float[12] control;uint16_t reversible_flags;"
)
ESC_REPORT = TopicFormat(
    "esc_report:uint64_t timestamp;uint32_t esc_errorcount;int32_t esc_rpm;float esc_voltage;"
    "float esc_current;float esc_temperature;uint16_t failures;uint8_t esc_address;"
    "uint8_t esc_cmdcount;uint8_t esc_state;uint8_t actuator_function;int8_t esc_power;"
    "uint8_t[5] _padding0;"
)
ESC_STATUS = TopicFormat(
    "esc_status:uint64_t timestamp;uint16_t counter;uint8_t esc_count;"
    "uint8_t esc_connectiontype;uint8_t esc_online_flags;uint8_t esc_armed_flags;"
    "uint8_t[2] _padding0;esc_report[8] esc;",
    nested=(ESC_REPORT,),
)
SENSOR_COMBINED = TopicFormat(
    "sensor_combined:uint64_t timestamp;float[3] gyro_rad;uint32_t gyro_integral_dt;"
    "int32_t accelerometer_timestamp_relative;float[3] accelerometer_m_s2;"
    "uint32_t accelerometer_integral_dt;uint8_t accelerometer_clipping;uint8_t gyro_clipping;"
    "uint8_t accel_calibration_count;uint8_t gyro_calibration_count;"
)
VEHICLE_IMU_STATUS = TopicFormat(
    "vehicle_imu_status:uint64_t timestamp;uint32_t accel_device_id;uint32_t gyro_device_id;"
    "uint32_t[3] accel_clipping;uint32_t[3] gyro_clipping;uint32_t accel_error_count;"
    "uint32_t gyro_error_count;float accel_rate_hz;float gyro_rate_hz;float accel_raw_rate_hz;"
    "float gyro_raw_rate_hz;float accel_vibration_metric;float gyro_vibration_metric;"
    "float delta_angle_coning_metric;float[3] mean_accel;float[3] mean_gyro;"
    "float[3] var_accel;float[3] var_gyro;float temperature_accel;float temperature_gyro;"
)
VEHICLE_AIR_DATA = TopicFormat(
    f"vehicle_air_data:{_SAMPLED}uint32_t baro_device_id;float baro_alt_meter;"
    "float baro_temp_celcius;float baro_pressure_pa;float rho;"
)
VEHICLE_MAGNETOMETER = TopicFormat(
    f"vehicle_magnetometer:{_SAMPLED}uint32_t device_id;float[3] magnetometer_ga;"
    "uint8_t calibration_count;"
)
ESTIMATOR_INNOVATION_TEST_RATIOS = TopicFormat(
    f"estimator_innovation_test_ratios:{_SAMPLED}float[2] gps_hvel;float gps_vvel;"
    "float[2] gps_hpos;float gps_vpos;float[2] ev_hvel;float ev_vvel;float[2] ev_hpos;"
    "float ev_vpos;float rng_vpos;float baro_vpos;float[2] aux_hvel;float[2] flow;"
    "float heading;float[3] mag_field;float[2] drag;float airspeed;float beta;float hagl;"
)
ESTIMATOR_STATUS = TopicFormat(
    f"estimator_status:{_SAMPLED}uint64_t control_mode_flags;float[3] output_tracking_error;"
    "uint32_t filter_fault_flags;float pos_horiz_accuracy;float pos_vert_accuracy;"
    "float mag_test_ratio;float vel_test_ratio;float pos_test_ratio;float hgt_test_ratio;"
    "float tas_test_ratio;float hagl_test_ratio;float beta_test_ratio;float time_slip;"
    "uint32_t accel_device_id;uint32_t gyro_device_id;uint32_t baro_device_id;"
    "uint32_t mag_device_id;uint16_t gps_check_fail_flags;uint16_t innovation_check_flags;"
    "uint16_t solution_status_flags;uint8_t reset_count_vel_ne;uint8_t reset_count_pos_ne;"
)
AIRSPEED_VALIDATED = TopicFormat(
    "airspeed_validated:uint64_t timestamp;float indicated_airspeed_m_s;"
    "float calibrated_airspeed_m_s;float true_airspeed_m_s;"
    "float calibrated_ground_minus_wind_m_s;float true_ground_minus_wind_m_s;"
    "bool airspeed_sensor_measurement_valid;int8_t selected_airspeed_index;"
)
WIND = TopicFormat(
    f"wind:{_SAMPLED}float windspeed_north;float windspeed_east;float variance_north;"
    "float variance_east;float tas_innov;float tas_innov_var;float beta_innov;"
    "float beta_innov_var;"
)
SYSTEM_POWER = TopicFormat(
    "system_power:uint64_t timestamp;float voltage5v_v;float voltage_payload_v;"
    "float[4] sensors3v3;uint8_t sensors3v3_valid;uint8_t usb_connected;uint8_t brick_valid;"
    "uint8_t usb_valid;uint8_t servo_valid;"
)
INPUT_RC = TopicFormat(
    "input_rc:uint64_t timestamp;uint64_t timestamp_last_signal;int32_t rssi;float rssi_dbm;"
    "uint16_t rc_lost_frame_count;uint16_t rc_total_frame_count;uint16_t rc_ppm_frame_length;"
    "uint16_t[18] values;uint8_t channel_count;bool rc_failsafe;bool rc_lost;"
    "uint8_t input_source;int8_t link_quality;"
)
CPULOAD = TopicFormat("cpuload:uint64_t timestamp;float load;float ram_usage;")
