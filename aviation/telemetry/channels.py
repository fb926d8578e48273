"""The canonical channels: every quantity the product knows, by one name, with its unit.

Importers translate a log's own messages into these names; storage, charts, rules and the API
know nothing else. All values are in SI units or the unit the name ends in. A channel that comes
in several (motors, cells) carries its number from 1 at the end: ``motor_rpm_1``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """What one channel means.

    ``lower`` and ``upper`` are physical limits that a real flight of any aircraft stays within,
    jets and gliders included; a value outside them is a recording fault, not a finding.
    ``is_stored`` says that the 10 Hz history keeps it (as a column or in ``extras``).
    """

    name: str
    label: str
    unit: str
    group: str
    lower: float | None = None
    upper: float | None = None
    is_numbered: bool = False
    is_stored: bool = True
    is_stepped: bool = False
    """Holds its value until the next sample (a state or a count): never interpolated."""


_SPECS = (
    # position and speed
    ChannelSpec("latitude", "Latitude", "°", "position", -90, 90),
    ChannelSpec("longitude", "Longitude", "°", "position", -180, 180),
    ChannelSpec("altitude_m", "Altitude above sea level", "m", "position", -1_000, 60_000),
    ChannelSpec("height_m", "Height above take-off", "m", "position", -12_000, 60_000),
    ChannelSpec("ground_speed_ms", "Ground speed", "m/s", "speed", 0, 1_200),
    ChannelSpec("airspeed_ms", "Airspeed", "m/s", "speed", 0, 1_200),
    ChannelSpec("vertical_speed_ms", "Vertical speed, up positive", "m/s", "speed", -400, 400),
    # attitude
    ChannelSpec("roll_deg", "Roll", "°", "attitude", -180, 180),
    ChannelSpec("pitch_deg", "Pitch", "°", "attitude", -180, 180),
    ChannelSpec("yaw_deg", "Heading", "°", "attitude", -180, 360),
    ChannelSpec("roll_setpoint_deg", "Roll wanted", "°", "attitude", -180, 180),
    ChannelSpec("pitch_setpoint_deg", "Pitch wanted", "°", "attitude", -180, 180),
    ChannelSpec("yaw_setpoint_deg", "Heading wanted", "°", "attitude", -180, 360),
    # inertial sensors
    ChannelSpec("acceleration_x_ms2", "Acceleration forward", "m/s²", "inertial", -1_600, 1_600),
    ChannelSpec("acceleration_y_ms2", "Acceleration right", "m/s²", "inertial", -1_600, 1_600),
    ChannelSpec("acceleration_z_ms2", "Acceleration down", "m/s²", "inertial", -1_600, 1_600),
    ChannelSpec("roll_rate_dps", "Roll rate", "°/s", "inertial", -4_000, 4_000),
    ChannelSpec("pitch_rate_dps", "Pitch rate", "°/s", "inertial", -4_000, 4_000),
    ChannelSpec("yaw_rate_dps", "Yaw rate", "°/s", "inertial", -4_000, 4_000),
    ChannelSpec("vibration_x_ms2", "Vibration x", "m/s²", "vibration", 0, 1_000),
    ChannelSpec("vibration_y_ms2", "Vibration y", "m/s²", "vibration", 0, 1_000),
    ChannelSpec("vibration_z_ms2", "Vibration z", "m/s²", "vibration", 0, 1_000),
    ChannelSpec("vibration_metric_ms2", "Vibration level", "m/s²", "vibration", 0, 1_000),
    ChannelSpec(
        "clipping_count", "Accelerometer clipping, total", "", "vibration", 0, None, is_stepped=True
    ),
    # battery and supply
    ChannelSpec("battery_voltage_v", "Battery voltage", "V", "battery", 0, 1_000),
    ChannelSpec("battery_current_a", "Battery current", "A", "battery", -1_000, 5_000),
    ChannelSpec("battery_percentage", "Battery remaining", "%", "battery", 0, 100),
    ChannelSpec("battery_consumed_mah", "Battery used", "mAh", "battery", 0, 10_000_000),
    ChannelSpec("board_voltage_v", "Board supply", "V", "battery", 0, 60),
    # satellite navigation
    ChannelSpec("gps_fix_type", "GPS fix type", "", "gps", 0, 8, is_stepped=True),
    ChannelSpec("gps_satellites", "GPS satellites", "", "gps", 0, 100, is_stepped=True),
    ChannelSpec("gps_hdop", "GPS horizontal dilution", "", "gps", 0, 100),
    ChannelSpec("gps_horizontal_accuracy_m", "GPS horizontal accuracy", "m", "gps", 0, 100_000),
    ChannelSpec("gps_vertical_accuracy_m", "GPS vertical accuracy", "m", "gps", 0, 100_000),
    ChannelSpec("gps_speed_accuracy_ms", "GPS speed accuracy", "m/s", "gps", 0, 10_000),
    ChannelSpec("gps_jamming", "GPS jamming indicator", "", "gps", 0, 255),
    # estimator: innovation test ratios (PX4) or variances (ArduPilot); 1 is the rejection limit
    ChannelSpec("ekf_velocity_ratio", "Estimator velocity ratio", "", "estimator", 0, None),
    ChannelSpec("ekf_position_ratio", "Estimator position ratio", "", "estimator", 0, None),
    ChannelSpec("ekf_height_ratio", "Estimator height ratio", "", "estimator", 0, None),
    ChannelSpec("ekf_compass_ratio", "Estimator compass ratio", "", "estimator", 0, None),
    ChannelSpec("ekf_airspeed_ratio", "Estimator airspeed ratio", "", "estimator", 0, None),
    # compass
    ChannelSpec("magnetic_field_mgauss", "Magnetic field", "mG", "compass", 0, 100_000),
    # propulsion
    ChannelSpec("throttle_percentage", "Throttle", "%", "propulsion", -100, 100),
    ChannelSpec("motor_output_us", "Motor output", "µs", "propulsion", 0, 3_000, is_numbered=True),
    ChannelSpec("motor_rpm", "Motor speed", "rpm", "propulsion", 0, 200_000, is_numbered=True),
    # state
    ChannelSpec("is_armed", "Armed", "", "state", 0, 1, is_stepped=True),
    ChannelSpec("is_flying", "In the air", "", "state", 0, 1, is_stepped=True),
    ChannelSpec("rc_signal_percentage", "Radio signal", "%", "state", 0, 100),
    ChannelSpec("cpu_load_percentage", "Processor load", "%", "state", 0, 100),
    ChannelSpec("air_temperature_c", "Air temperature", "°C", "state", -100, 150),
)

CHANNELS: dict[str, ChannelSpec] = {spec.name: spec for spec in _SPECS}
"""Every channel by name; numbered ones under their name without the number."""

_NUMBERED = re.compile(r"^(?P<base>.+)_(?P<number>[1-9][0-9]?)$")


@cache
def spec_of(name: str) -> ChannelSpec:
    """The meaning of ``name``, numbered channels included. Raises KeyError when unknown."""
    if name in CHANNELS:
        return CHANNELS[name]
    match = _NUMBERED.match(name)
    if match and (spec := CHANNELS.get(match["base"])) is not None and spec.is_numbered:
        return spec
    raise KeyError(name)


def label_of(name: str) -> str:
    """The channel's label with its number: ``Motor speed 1``."""
    spec = spec_of(name)
    return f"{spec.label} {name.rsplit('_', 1)[1]}" if spec.is_numbered else spec.label
