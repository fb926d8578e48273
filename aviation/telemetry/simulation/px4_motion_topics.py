"""PX4's attitude and inertial sensor topics."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation import topic_formats as formats
from aviation.telemetry.simulation.grid import derivative, smooth, trailing_mean
from aviation.telemetry.simulation.noise import stream
from aviation.telemetry.simulation.rotation import euler_of, to_body
from aviation.telemetry.simulation.scene import Samples, Scene, samples
from aviation.telemetry.simulation.ulog_writer import Topic
from aviation.telemetry.simulation.vibration import CLIPPING_MS2

IMU_ID = 1_310_988
_SAMPLE_AGE_US = 2_000
_GYRO_NOISE_RADS = 0.002
_GYRO_RANGE_RADS = 34.9
_GYRO_PER_VIBRATION = 0.004
_EARTH_FIELD_GAUSS = np.array([0.21, 0.01, 0.43])
_FIELD_NOISE_GAUSS = 0.002


def motion_topics(scene: Scene) -> list[Topic]:
    return [
        _attitude(scene),
        _attitude_setpoint(scene),
        _angular_velocity(scene),
        _sensor_combined(scene),
        _imu_status(scene),
        _magnetometer(scene),
    ]


def sampled(at: Samples) -> dict[str, object]:
    """The two times that most topics begin with."""
    return {"timestamp": at.timestamp_us, "timestamp_sample": at.timestamp_us - _SAMPLE_AGE_US}


def _attitude(scene: Scene) -> Topic:
    at = samples(scene, "vehicle_attitude", 50)
    rows = formats.VEHICLE_ATTITUDE.rows(
        len(at), **sampled(at), q=scene.motion.attitude[at.index], delta_q_reset=[1, 0, 0, 0]
    )
    return Topic(formats.VEHICLE_ATTITUDE, rows)


def _attitude_setpoint(scene: Scene) -> Topic:
    at = samples(scene, "vehicle_attitude_setpoint", 20)
    wanted = scene.motion.wanted_attitude[at.index]
    roll, pitch, yaw = euler_of(wanted).T
    thrust = np.zeros((len(at), 3))
    axis, sign = (2, -1) if scene.is_multirotor else (0, 1)
    thrust[:, axis] = sign * scene.propulsion.throttle[at.index]
    rows = formats.VEHICLE_ATTITUDE_SETPOINT.rows(
        len(at), timestamp=at.timestamp_us, roll_body=roll, pitch_body=pitch, yaw_body=yaw,
        q_d=wanted, thrust_body=thrust,
    )  # fmt: skip
    return Topic(formats.VEHICLE_ATTITUDE_SETPOINT, rows)


def _angular_velocity(scene: Scene) -> Topic:
    at = samples(scene, "vehicle_angular_velocity", 50)
    rates = scene.motion.rates_rads
    rows = formats.VEHICLE_ANGULAR_VELOCITY.rows(
        len(at), **sampled(at), xyz=rates[at.index],
        xyz_derivative=derivative(smooth(rates, 0.03))[at.index],
    )  # fmt: skip
    return Topic(formats.VEHICLE_ANGULAR_VELOCITY, rows)


def accelerometer_ms2(scene: Scene) -> FloatArray:
    """What the accelerometers report (n, 3): motion, vibration, and their range's end."""
    felt = scene.motion.specific_force_ms2 + scene.vibration.noise_ms2
    return np.clip(felt, -CLIPPING_MS2, CLIPPING_MS2)


def _sensor_combined(scene: Scene) -> Topic:
    at = samples(scene, "sensor_combined", 100)
    rng = stream(scene.plan.seed, "gyro")
    level = _GYRO_NOISE_RADS + _GYRO_PER_VIBRATION * scene.vibration.metric_ms2
    gyro = scene.motion.rates_rads + rng.standard_normal((len(scene), 3)) * level[:, None]
    gyro = np.clip(gyro, -_GYRO_RANGE_RADS, _GYRO_RANGE_RADS)
    clips = np.diff(scene.vibration.clipping, axis=0, prepend=0) > 0
    rows = formats.SENSOR_COMBINED.rows(
        len(at), timestamp=at.timestamp_us, gyro_rad=gyro[at.index], gyro_integral_dt=5_000,
        accelerometer_m_s2=accelerometer_ms2(scene)[at.index], accelerometer_integral_dt=5_000,
        accelerometer_clipping=(clips @ [1, 2, 4])[at.index],
    )  # fmt: skip
    return Topic(formats.SENSOR_COMBINED, rows)


def _imu_status(scene: Scene) -> Topic:
    at = samples(scene, "vehicle_imu_status", 1)
    metric = trailing_mean(scene.vibration.metric_ms2, 0.5)[at.index]
    felt = accelerometer_ms2(scene)
    mean = np.stack([trailing_mean(axis, 1.0)[at.index] for axis in felt.T], axis=1)
    rows = formats.VEHICLE_IMU_STATUS.rows(
        len(at), timestamp=at.timestamp_us, accel_device_id=IMU_ID, gyro_device_id=IMU_ID,
        accel_clipping=scene.vibration.clipping[at.index], accel_rate_hz=8_000.0,
        gyro_rate_hz=8_000.0, accel_raw_rate_hz=8_000.0, gyro_raw_rate_hz=8_000.0,
        accel_vibration_metric=metric, gyro_vibration_metric=0.01 + 0.02 * metric,
        delta_angle_coning_metric=1e-7 * metric, mean_accel=mean,
        var_accel=(0.1 * metric[:, None]) ** 2, temperature_accel=41.0, temperature_gyro=41.0,
    )  # fmt: skip
    return Topic(formats.VEHICLE_IMU_STATUS, rows)


def _magnetometer(scene: Scene) -> Topic:
    at = samples(scene, "vehicle_magnetometer", 5)
    rng = stream(scene.plan.seed, "magnetometer")
    field = to_body(scene.motion.attitude[at.index], np.tile(_EARTH_FIELD_GAUSS, (len(at), 1)))
    # Currents to the motors disturb the compass a little.
    field[:, 2] += 2e-4 * scene.battery.current_a[at.index]
    field += rng.standard_normal(field.shape) * _FIELD_NOISE_GAUSS
    rows = formats.VEHICLE_MAGNETOMETER.rows(
        len(at), **sampled(at), device_id=197_388, magnetometer_ga=field
    )
    return Topic(formats.VEHICLE_MAGNETOMETER, rows)
