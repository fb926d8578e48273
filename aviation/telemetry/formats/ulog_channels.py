"""PX4 topics and fields as canonical channels, for firmware from 1.6 to today.

Field meanings after the PX4 uORB message definitions (msg/*.msg). ``estimator_status.vibe`` of
old firmware is left out on purpose: it is a change of velocity per sample (m/s), not the m/s² of
``accel_vibration_metric`` that the published limits are made for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aviation.telemetry.formats.draft import Draft
from aviation.telemetry.formats.heights import height_above_ground_point
from aviation.telemetry.formats.rotation import euler_deg, wrap_180
from aviation.telemetry.formats.ulog_gps import add_position
from aviation.telemetry.formats.ulog_messages import Messages, Px4Log
from aviation.telemetry.record import FloatArray

_GAUSS_TO_MGAUSS = 1_000.0


@dataclass(frozen=True, slots=True)
class Copied:
    """A channel that one field holds, up to its unit."""

    channel: str
    topic: str
    fields: tuple[str, ...]
    """Names in different firmware versions; the first that is logged counts."""
    scale: float = 1.0


COPIED = (
    Copied("airspeed_ms", "airspeed_validated", ("calibrated_airspeed_m_s",)),
    Copied("airspeed_ms", "airspeed_validated", ("equivalent_airspeed_m_s",)),
    Copied("airspeed_ms", "airspeed", ("indicated_airspeed_m_s",)),
    Copied("air_temperature_c", "airspeed", ("air_temperature_celsius",)),
    Copied("board_voltage_v", "system_power", ("voltage5v_v", "voltage5V_v")),
    Copied("cpu_load_percentage", "cpuload", ("load",), 100.0),
    Copied("vibration_metric_ms2", "vehicle_imu_status", ("accel_vibration_metric",)),
    Copied("acceleration_x_ms2", "sensor_combined", ("accelerometer_m_s2[0]",)),
    Copied("acceleration_y_ms2", "sensor_combined", ("accelerometer_m_s2[1]",)),
    Copied("acceleration_z_ms2", "sensor_combined", ("accelerometer_m_s2[2]",)),
    Copied("acceleration_x_ms2", "vehicle_acceleration", ("xyz[0]",)),
    Copied("acceleration_y_ms2", "vehicle_acceleration", ("xyz[1]",)),
    Copied("acceleration_z_ms2", "vehicle_acceleration", ("xyz[2]",)),
    Copied("roll_rate_dps", "sensor_combined", ("gyro_rad[0]",), np.degrees(1.0)),
    Copied("pitch_rate_dps", "sensor_combined", ("gyro_rad[1]",), np.degrees(1.0)),
    Copied("yaw_rate_dps", "sensor_combined", ("gyro_rad[2]",), np.degrees(1.0)),
    Copied("roll_rate_dps", "vehicle_angular_velocity", ("xyz[0]",), np.degrees(1.0)),
    Copied("pitch_rate_dps", "vehicle_angular_velocity", ("xyz[1]",), np.degrees(1.0)),
    Copied("yaw_rate_dps", "vehicle_angular_velocity", ("xyz[2]",), np.degrees(1.0)),
)


def add_channels(log: Px4Log, draft: Draft) -> None:
    """Everything but states, events and motors, which must be there before: heights need them."""
    for copied in COPIED:
        _add_copied(log, draft, copied)
    for step in _STEPS:
        step(log, draft)


def _add_copied(log: Px4Log, draft: Draft, copied: Copied) -> None:
    messages = log.messages(copied.topic)
    if messages is None or copied.channel in draft.series:
        return
    values = messages.values(*copied.fields)
    if values is not None:
        if copied.channel == "airspeed_ms":
            values = np.maximum(values, 0.0)  # a pitot tube at rest reads around zero
        source = messages.source(copied.fields[0])
        draft.add(copied.channel, messages.time_s, values * copied.scale, source)


def _add_attitude(log: Px4Log, draft: Draft) -> None:
    messages = log.messages("vehicle_attitude")
    quaternion = messages and messages.vector("q[0]", "q[1]", "q[2]", "q[3]")
    if not messages or not quaternion:
        return
    for axis, angle in zip(("roll", "pitch", "yaw"), euler_deg(*quaternion), strict=True):
        draft.add(f"{axis}_deg", messages.time_s, angle, messages.source("q"))


def _add_attitude_setpoint(log: Px4Log, draft: Draft) -> None:
    messages = log.messages("vehicle_attitude_setpoint")
    if messages is None:
        return
    quaternion = messages.vector("q_d[0]", "q_d[1]", "q_d[2]", "q_d[3]")
    wanted = None if quaternion is None else euler_deg(*quaternion)
    for row, axis in enumerate(("roll", "pitch", "yaw")):
        angle, field = messages.values(f"{axis}_body"), f"{axis}_body"
        if angle is not None:
            angle = wrap_180(np.degrees(angle))
        elif wanted is not None:
            angle, field = wanted[row], "q_d"
        draft.add(f"{axis}_setpoint_deg", messages.time_s, angle, messages.source(field))


def _add_motion(log: Px4Log, draft: Draft) -> None:
    messages = log.messages("vehicle_local_position")
    if messages is None:
        return
    velocity = messages.vector("vx", "vy", "vz")
    if velocity is not None:
        north, east, down = velocity
        level = _where(messages, "v_xy_valid", np.hypot(north, east))
        draft.add("ground_speed_ms", messages.time_s, level, messages.source("vx"))
        climb = _where(messages, "v_z_valid", -down)
        draft.add("vertical_speed_ms", messages.time_s, climb, messages.source("vz"))
    down_m = messages.values("z")
    if down_m is not None:
        height_m = height_above_ground_point(
            messages.time_s, _where(messages, "z_valid", -down_m), draft.series.get("is_flying")
        )
        draft.add("height_m", messages.time_s, height_m, messages.source("z"))


def _where(messages: Messages, flag: str, values: FloatArray) -> FloatArray:
    """``values`` where the log marks them valid, NaN elsewhere."""
    is_valid = messages.values(flag)
    return values if is_valid is None else np.where(is_valid > 0, values, np.nan)


def _add_clipping(log: Px4Log, draft: Draft) -> None:
    messages = log.messages("vehicle_imu_status")
    axes = messages and messages.vector(*(f"accel_clipping[{axis}]" for axis in range(3)))
    if messages and axes:
        total = np.sum(axes, axis=0)
        draft.add("clipping_count", messages.time_s, total, messages.source("accel_clipping"))


def _add_battery(log: Px4Log, draft: Draft) -> None:
    """The first battery that is connected and has a voltage."""
    for multi_id in log.instances("battery_status"):
        messages = log.messages("battery_status", multi_id)
        if messages is None or not _any(messages, "connected"):
            continue
        volts = messages.values("voltage_v")
        draft.add("battery_voltage_v", messages.time_s, volts, messages.source("voltage_v"))
        if "battery_voltage_v" in draft.series:
            _add_battery_use(messages, draft)
            return


def _any(messages: Messages, flag: str) -> bool:
    """Whether the flag is ever set; a firmware that does not log it leaves it open."""
    values = messages.values(flag)
    return values is None or bool((values > 0).any())


def _add_battery_use(messages: Messages, draft: Draft) -> None:
    for channel, field, scale in (
        ("battery_current_a", "current_a", 1.0),
        ("battery_percentage", "remaining", 100.0),
        ("battery_consumed_mah", "discharged_mah", 1.0),
    ):
        values = messages.values(field)
        if values is not None:
            known = np.where(values == -1.0, np.nan, values)  # -1 says "not measured"
            draft.add(channel, messages.time_s, known * scale, messages.source(field))


def _add_radio(log: Px4Log, draft: Draft) -> None:
    messages = log.messages("input_rc")
    rssi = messages and messages.values("rssi")
    if messages and rssi is not None:
        known = np.where((rssi >= 0) & (rssi <= 100), rssi, np.nan)  # 255 or below 0: unknown
        draft.add("rc_signal_percentage", messages.time_s, known, messages.source("rssi"))


def _add_compass(log: Px4Log, draft: Draft) -> None:
    for topic, fields in (
        ("vehicle_magnetometer", [f"magnetometer_ga[{axis}]" for axis in range(3)]),
        ("sensor_combined", [f"magnetometer_ga[{axis}]" for axis in range(3)]),
        ("sensor_mag", ["x", "y", "z"]),
    ):
        messages = log.messages(topic)
        axes = messages and messages.vector(*fields)
        if messages and axes:
            field = np.sqrt(np.sum(np.square(axes), axis=0)) * _GAUSS_TO_MGAUSS
            source = messages.source(fields[0].partition("[")[0])
            draft.add("magnetic_field_mgauss", messages.time_s, field, source)


def _add_estimator(log: Px4Log, draft: Draft) -> None:
    multi_id = _primary_estimator(log)
    messages = log.messages("estimator_status", multi_id)
    if messages is not None:
        for channel, field in (
            ("ekf_velocity_ratio", "vel_test_ratio"),
            ("ekf_position_ratio", "pos_test_ratio"),
            ("ekf_height_ratio", "hgt_test_ratio"),
            ("ekf_compass_ratio", "mag_test_ratio"),
            ("ekf_airspeed_ratio", "tas_test_ratio"),
        ):
            draft.add(channel, messages.time_s, messages.values(field), messages.source(field))
    messages = log.messages("estimator_innovation_test_ratios", multi_id)
    if messages is not None:
        _add_test_ratios(messages, draft)


def _primary_estimator(log: Px4Log) -> int:
    """The estimator instance that flew for most of the log."""
    messages = log.messages("estimator_selector_status")
    primary = messages and messages.values("primary_instance")
    if primary is None:
        return 0
    return int(np.bincount(primary.astype(np.intp)).argmax())


def _add_test_ratios(messages: Messages, draft: Draft) -> None:
    """Newer firmware logs a ratio per measurement: the largest speaks for its kind."""
    for channel, fields in (
        ("ekf_velocity_ratio", ("gps_hvel[0]", "gps_hvel[1]", "gps_vvel")),
        ("ekf_position_ratio", ("gps_hpos[0]", "gps_hpos[1]")),
        ("ekf_height_ratio", ("baro_vpos", "gps_vpos")),
        ("ekf_compass_ratio", ("mag_field[0]", "mag_field[1]", "mag_field[2]")),
        ("ekf_airspeed_ratio", ("airspeed",)),
    ):
        ratios = messages.vector(*fields)
        if ratios is not None:
            largest = np.fmax.reduce(np.abs(ratios))
            draft.add(channel, messages.time_s, largest, messages.source(fields[0]))


_STEPS: tuple[Callable[[Px4Log, Draft], None], ...] = (
    _add_attitude,
    _add_attitude_setpoint,
    _add_motion,
    add_position,
    _add_clipping,
    _add_battery,
    _add_radio,
    _add_compass,
    _add_estimator,
)
