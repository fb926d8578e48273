"""The header names that a CSV log's columns may carry, and the units they may be in.

A header is read as a name and a unit: ``Altitude (ft)``, ``altitude[ft]``, ``altitude_ft`` and
``ALTITUDE FT`` are the same. A canonical channel name is always understood. Without a unit the
channel's own unit is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from aviation.telemetry.channels import spec_of

NAMES: dict[str, tuple[str, ...]] = {
    "latitude": ("latitude", "lat", "gps_lat", "gps_latitude", "position_lat"),
    "longitude": ("longitude", "lon", "lng", "long", "gps_lon", "gps_lng", "gps_longitude"),
    "altitude_m": ("altitude", "alt", "altitude_msl", "alt_msl", "gps_altitude", "gps_alt"),
    "height_m": (
        "height",
        "relative_altitude",
        "rel_alt",
        "altitude_agl",
        "alt_agl",
        "height_above_takeoff",
        "height_above_ground",
    ),
    "ground_speed_ms": ("ground_speed", "groundspeed", "speed", "gps_speed", "gs", "velocity"),
    "airspeed_ms": ("airspeed", "air_speed", "ias", "indicated_airspeed"),
    "vertical_speed_ms": ("vertical_speed", "climb", "climb_rate", "vspeed", "vario", "vs"),
    "roll_deg": ("roll", "roll_angle", "bank"),
    "pitch_deg": ("pitch", "pitch_angle"),
    "yaw_deg": ("yaw", "heading", "hdg", "compass_heading", "yaw_angle"),
    "roll_setpoint_deg": ("roll_setpoint", "desired_roll", "roll_target"),
    "pitch_setpoint_deg": ("pitch_setpoint", "desired_pitch", "pitch_target"),
    "yaw_setpoint_deg": ("yaw_setpoint", "desired_yaw", "yaw_target"),
    "acceleration_x_ms2": ("acceleration_x", "accel_x", "acc_x", "ax"),
    "acceleration_y_ms2": ("acceleration_y", "accel_y", "acc_y", "ay"),
    "acceleration_z_ms2": ("acceleration_z", "accel_z", "acc_z", "az"),
    "roll_rate_dps": ("roll_rate", "gyro_x", "gx"),
    "pitch_rate_dps": ("pitch_rate", "gyro_y", "gy"),
    "yaw_rate_dps": ("yaw_rate", "gyro_z", "gz"),
    "vibration_x_ms2": ("vibration_x", "vibe_x"),
    "vibration_y_ms2": ("vibration_y", "vibe_y"),
    "vibration_z_ms2": ("vibration_z", "vibe_z"),
    "clipping_count": ("clipping", "clip_count"),
    "battery_voltage_v": ("battery_voltage", "voltage", "volt", "batt_v", "battery_volts"),
    "battery_current_a": ("battery_current", "current", "curr", "batt_i", "amps"),
    "battery_percentage": ("battery_percent", "battery", "battery_remaining", "battery_level"),
    "battery_consumed_mah": ("battery_consumed", "consumed", "capacity_used", "charge_used"),
    "board_voltage_v": ("board_voltage", "vcc"),
    "gps_fix_type": ("gps_fix", "fix_type", "fix"),
    "gps_satellites": ("satellites", "sats", "num_sats", "numsat", "nsats", "satellites_used"),
    "gps_hdop": ("hdop",),
    "gps_horizontal_accuracy_m": ("horizontal_accuracy", "h_acc", "hacc", "eph"),
    "gps_vertical_accuracy_m": ("vertical_accuracy", "v_acc", "vacc", "epv"),
    "gps_speed_accuracy_ms": ("speed_accuracy", "s_acc", "sacc"),
    "magnetic_field_mgauss": ("magnetic_field", "mag_field"),
    "throttle_percentage": ("throttle", "throttle_percent", "thr"),
    "is_armed": ("armed",),
    "is_flying": ("flying", "in_air", "is_in_air"),
    "rc_signal_percentage": ("rssi", "rc_signal", "rc_rssi"),
    "cpu_load_percentage": ("cpu_load", "cpu"),
    "air_temperature_c": ("air_temperature", "oat", "outside_air_temperature"),
}
"""Names by channel, in lower case with single underscores."""

UNITS: dict[str, dict[str, float]] = {
    "m": {"m": 1.0, "meters": 1.0, "metres": 1.0, "ft": 0.3048, "feet": 0.3048, "km": 1_000.0},
    "m/s": {
        "m_s": 1.0,
        "ms": 1.0,
        "mps": 1.0,
        "km_h": 1 / 3.6,
        "kmh": 1 / 3.6,
        "kph": 1 / 3.6,
        "kt": 1_852 / 3_600,
        "kts": 1_852 / 3_600,
        "knots": 1_852 / 3_600,
        "mph": 0.44704,
        "fpm": 0.3048 / 60,
        "ft_min": 0.3048 / 60,
        "ft_s": 0.3048,
    },
    "°": {"deg": 1.0, "degrees": 1.0, "rad": float(np.degrees(1.0)), "cdeg": 0.01},
    "°/s": {"dps": 1.0, "deg_s": 1.0, "rad_s": float(np.degrees(1.0))},
    "m/s²": {"m_s2": 1.0, "ms2": 1.0, "m_s_s": 1.0, "g": 9.80665},
    "V": {"v": 1.0, "volts": 1.0, "mv": 0.001},
    "A": {"a": 1.0, "amps": 1.0, "ma": 0.001},
    "mAh": {"mah": 1.0, "ah": 1_000.0},
    "%": {"percentage": 1.0, "percent": 1.0, "pct": 1.0},
    "mG": {"mgauss": 1.0, "mg": 1.0, "gauss": 1_000.0, "ut": 10.0},
    "rpm": {"rpm": 1.0},
    "µs": {"us": 1.0},
    "°C": {"c": 1.0, "deg_c": 1.0},
}
"""Factors to a channel's unit, by the unit's spelling."""

MAX_HEADER = 80
"""Characters of the longest header that can be a name and a unit."""
_CHANNEL_OF_NAME = {name: channel for channel, names in NAMES.items() for name in names}
_NUMBERED = (
    (re.compile(r"^(?:motor|esc)_?(?P<number>[1-9][0-9]?)_rpm$"), "motor_rpm"),
    (re.compile(r"^(?:motor_|esc_)?rpm_?(?P<number>[1-9][0-9]?)?$"), "motor_rpm"),
    (re.compile(r"^(?:motor|esc)_?(?P<number>[1-9][0-9]?)(?:_output|_pwm)$"), "motor_output_us"),
)


@dataclass(frozen=True, slots=True)
class Understood:
    """What a column holds: values times ``scale`` are in the channel's unit."""

    channel: str
    scale: float = 1.0


def plain_name(header: str) -> str:
    """A header in lower case with single underscores: ``Altitude (ft)`` becomes ``altitude_ft``."""
    spelled = header.strip().lower().replace("%", " percent ").replace("°", " deg ")
    spelled = spelled.replace("µ", "u").replace("μ", "u").replace("²", "2")
    return re.sub(r"[^a-z0-9]+", "_", spelled).strip("_")


def understand(header: str) -> Understood | None:
    """The channel and scale of a column by its header; None when it is not understood."""
    if len(header) > MAX_HEADER:
        return None
    name = plain_name(header)
    try:
        spec_of(name)
    except KeyError:
        return _numbered(name) or _named(name)
    return Understood(name)


def _numbered(name: str) -> Understood | None:
    for pattern, channel in _NUMBERED:
        match = pattern.match(name)
        if match:
            return Understood(f"{channel}_{match['number'] or 1}")
    return None


def _named(name: str) -> Understood | None:
    """The longest known name at the header's begin whose rest is a unit of its channel."""
    parts = name.split("_")
    for length in range(len(parts), 0, -1):
        channel = _CHANNEL_OF_NAME.get("_".join(parts[:length]))
        if channel is None:
            continue
        unit = "_".join(parts[length:])
        if not unit:
            return Understood(channel)
        scale = UNITS.get(spec_of(channel).unit, {}).get(unit)
        if scale is not None:
            return Understood(channel, scale)
    return None
