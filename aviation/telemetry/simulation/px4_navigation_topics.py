"""PX4's position, satellite, barometer, airspeed and estimator topics."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation import topic_formats as formats
from aviation.telemetry.simulation.geodesy import degrees_of
from aviation.telemetry.simulation.grid import derivative, smooth
from aviation.telemetry.simulation.noise import coloured, stream
from aviation.telemetry.simulation.px4_motion_topics import IMU_ID, sampled
from aviation.telemetry.simulation.rotation import euler_of
from aviation.telemetry.simulation.scene import Samples, Scene, samples
from aviation.telemetry.simulation.ulog_writer import Topic

_GEOID_HEIGHT_M = 47.0
_SEA_LEVEL_PA = 101_325.0
_SEA_LEVEL_K = 288.15
_LAPSE_K_PER_M = 0.0065
_GAS_CONSTANT = 287.05
_HEALTHY_SOLUTION = 0b11_0011_1111
_ATTITUDE_AND_HEIGHT = 0b10_0101
_NO_FIX, _FEW_SATELLITES, _POOR_ACCURACY = 1, 2, 8


def navigation_topics(scene: Scene) -> list[Topic]:
    topics = [
        _local_position(scene),
        _global_position(scene),
        _gps_position(scene),
        _air_data(scene),
        _test_ratios(scene),
        _estimator_status(scene),
        _wind(scene),
    ]
    return topics if scene.is_multirotor else [*topics, _airspeed(scene)]


def _local_position(scene: Scene) -> Topic:
    at = samples(scene, "vehicle_local_position", 10)
    guess, home = scene.estimate, scene.plan.home
    north, east, down = guess.position_m[at.index].T
    vn, ve, vd = guess.velocity_ms[at.index].T
    an, ae, ad = derivative(smooth(guess.velocity_ms, 0.1))[at.index].T
    valid = guess.has_position[at.index]
    heading = euler_of(scene.motion.attitude[at.index])[:, 2]
    rows = formats.VEHICLE_LOCAL_POSITION.rows(
        len(at), **sampled(at), ref_timestamp=scene.start_us, ref_lat=home[0], ref_lon=home[1],
        x=north, y=east, z=down, vx=vn, vy=ve, vz=vd, z_deriv=vd, ax=an, ay=ae, az=ad,
        heading=heading, unaided_heading=heading, ref_alt=home[2],
        dist_bottom=np.maximum(-down, 0), eph=guess.horizontal_error_m[at.index],
        epv=guess.vertical_error_m[at.index], evh=0.1, evv=0.1, xy_valid=valid, z_valid=True,
        v_xy_valid=valid, v_z_valid=True, heading_good_for_control=True, xy_global=True,
        z_global=True, dead_reckoning=guess.is_dead_reckoning[at.index],
    )  # fmt: skip
    return Topic(formats.VEHICLE_LOCAL_POSITION, rows)


def _global_position(scene: Scene) -> Topic:
    at = samples(scene, "vehicle_global_position", 5)
    north, east, down = scene.estimate.position_m[at.index].T
    latitude, longitude = degrees_of(scene.plan.home, north, east)
    altitude = scene.plan.home[2] - down
    rows = formats.VEHICLE_GLOBAL_POSITION.rows(
        len(at), **sampled(at), lat=latitude, lon=longitude, alt=altitude,
        alt_ellipsoid=altitude + _GEOID_HEIGHT_M, eph=scene.estimate.horizontal_error_m[at.index],
        epv=scene.estimate.vertical_error_m[at.index], terrain_alt=np.nan,
        dead_reckoning=scene.estimate.is_dead_reckoning[at.index],
    )  # fmt: skip
    return Topic(formats.VEHICLE_GLOBAL_POSITION, rows)


def _gps_position(scene: Scene) -> Topic:
    at = samples(scene, "vehicle_gps_position", 5)
    seen, index = scene.receiver, at.index
    north, east, down = seen.position_m[index].T
    latitude, longitude = degrees_of(scene.plan.home, north, east)
    vn, ve, vd = seen.velocity_ms[index].T
    rows = formats.VEHICLE_GPS_POSITION.rows(
        len(at), **sampled(at), latitude_deg=latitude, longitude_deg=longitude,
        altitude_msl_m=scene.plan.home[2] - down,
        altitude_ellipsoid_m=scene.plan.home[2] - down + _GEOID_HEIGHT_M,
        time_utc_usec=_utc_us(scene, at), device_id=11_469_061,
        s_variance_m_s=seen.speed_accuracy_ms[index], c_variance_rad=0.1,
        eph=seen.horizontal_accuracy_m[index], epv=seen.vertical_accuracy_m[index],
        hdop=seen.hdop[index], vdop=1.5 * seen.hdop[index], noise_per_ms=90,
        jamming_indicator=seen.jamming[index], vel_m_s=np.hypot(vn, ve), vel_n_m_s=vn,
        vel_e_m_s=ve, vel_d_m_s=vd, cog_rad=np.arctan2(ve, vn), heading=np.nan,
        heading_offset=np.nan, fix_type=seen.fix_type[index], jamming_state=1, spoofing_state=1,
        vel_ned_valid=seen.fix_type[index] >= 3, satellites_used=seen.satellites[index],
    )  # fmt: skip
    return Topic(formats.VEHICLE_GPS_POSITION, rows)


def _utc_us(scene: Scene, at: Samples) -> object:
    start_us = round(scene.plan.start_at.timestamp() * 1e6)
    return at.timestamp_us - np.uint64(scene.start_us) + np.uint64(start_us)


def _air_data(scene: Scene) -> Topic:
    at = samples(scene, "vehicle_air_data", 10)
    rng = stream(scene.plan.seed, "barometer")
    error = coloured(rng, (len(scene),), 30.0, 0.3) + 0.06 * rng.standard_normal(len(scene))
    altitude = (scene.plan.home[2] + scene.motion.height_m + error)[at.index]
    temperature_k = _SEA_LEVEL_K - _LAPSE_K_PER_M * altitude
    pressure = _SEA_LEVEL_PA * (temperature_k / _SEA_LEVEL_K) ** 5.2559
    rows = formats.VEHICLE_AIR_DATA.rows(
        len(at), **sampled(at), baro_device_id=6_620_172, baro_alt_meter=altitude,
        baro_temp_celcius=temperature_k - 273.15 + 14, baro_pressure_pa=pressure,
        rho=pressure / (_GAS_CONSTANT * temperature_k),
    )  # fmt: skip
    return Topic(formats.VEHICLE_AIR_DATA, rows)


def _pair(values: FloatArray) -> FloatArray:
    """Two axes of one test: the scalar stands in the first, as in PX4."""
    return np.stack([values, 0.6 * values], axis=1)


def _test_ratios(scene: Scene) -> Topic:
    at = samples(scene, "estimator_innovation_test_ratios", 2)
    ratio = {name: values[at.index] for name, values in scene.estimate.ratios.items()}
    rows = formats.ESTIMATOR_INNOVATION_TEST_RATIOS.rows(
        len(at), **sampled(at), gps_hvel=_pair(ratio["velocity"]), gps_vvel=ratio["height"],
        gps_hpos=_pair(ratio["position"]), gps_vpos=1.2 * ratio["height"],
        baro_vpos=ratio["height"], heading=ratio["compass"],
        mag_field=np.stack([ratio["compass"]] * 3, axis=1), airspeed=ratio["airspeed"],
        beta=0.5 * ratio["airspeed"],
    )  # fmt: skip
    return Topic(formats.ESTIMATOR_INNOVATION_TEST_RATIOS, rows)


def _estimator_status(scene: Scene) -> Topic:
    at = samples(scene, "estimator_status", 5)
    guess, lost = scene.estimate, scene.receiver.fix_type[at.index] < 3
    ratio = {name: values[at.index] for name, values in guess.ratios.items()}
    rows = formats.ESTIMATOR_STATUS.rows(
        len(at), **sampled(at), output_tracking_error=[1e-3, 0.02, 0.02],
        pos_horiz_accuracy=guess.horizontal_error_m[at.index],
        pos_vert_accuracy=guess.vertical_error_m[at.index], mag_test_ratio=ratio["compass"],
        vel_test_ratio=ratio["velocity"], pos_test_ratio=ratio["position"],
        hgt_test_ratio=ratio["height"], tas_test_ratio=ratio["airspeed"], hagl_test_ratio=np.nan,
        beta_test_ratio=0.5 * ratio["airspeed"], accel_device_id=IMU_ID, gyro_device_id=IMU_ID,
        gps_check_fail_flags=lost * (_NO_FIX | _FEW_SATELLITES | _POOR_ACCURACY),
        solution_status_flags=np.where(
            guess.has_position[at.index], _HEALTHY_SOLUTION, _ATTITUDE_AND_HEIGHT
        ),
    )  # fmt: skip
    return Topic(formats.ESTIMATOR_STATUS, rows)


def _wind(scene: Scene) -> Topic:
    at = samples(scene, "wind", 1)
    rows = formats.WIND.rows(
        len(at), **sampled(at), windspeed_north=scene.wind.mean_ms[0],
        windspeed_east=scene.wind.mean_ms[1], variance_north=0.2, variance_east=0.2,
    )  # fmt: skip
    return Topic(formats.WIND, rows)


def _airspeed(scene: Scene) -> Topic:
    """From a pitot tube: the flow from ahead, on the ground too."""
    at = samples(scene, "airspeed_validated", 10)
    true = pitot_ms(scene)[at.index]
    thinning = np.exp(-scene.plan.home[2] / 19_000)
    rows = formats.AIRSPEED_VALIDATED.rows(
        len(at), timestamp=at.timestamp_us, indicated_airspeed_m_s=true * thinning,
        calibrated_airspeed_m_s=true * thinning, true_airspeed_m_s=true,
        calibrated_ground_minus_wind_m_s=true * thinning, true_ground_minus_wind_m_s=true,
        airspeed_sensor_measurement_valid=True, selected_airspeed_index=1,
    )  # fmt: skip
    return Topic(formats.AIRSPEED_VALIDATED, rows)


def pitot_ms(scene: Scene) -> FloatArray:
    """True airspeed as measured (n,)."""
    noise = stream(scene.plan.seed, "pitot").standard_normal(len(scene)) * 0.15
    flow = np.linalg.norm(scene.motion.air_velocity_ms, axis=1)
    result: FloatArray = np.maximum(flow + noise, 0.0)
    return result
