"""MAVLink messages in the product's own channels and units.

Units and the values that stand for "not known" are those of MAVLink's common message set,
https://mavlink.io/en/messages/common.html; RPM and ESC_TELEMETRY_* are ArduPilot's, ESC_STATUS is
PX4's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from aviation.telemetry.live.merging import Values

Maybe = float | None
UNKNOWN_8, UNKNOWN_16, UNKNOWN_32 = 0xFF, 0xFFFF, 0xFFFFFFFF
ARMED = 128
IN_THE_AIR = {1: 0.0, 2: 1.0, 3: 1.0, 4: 1.0}
"""EXTENDED_SYS_STATE.landed_state: on the ground, in the air, taking off, landing."""
FIX_2D = 2
_ESC_TELEMETRY = re.compile(r"ESC_TELEMETRY_([0-9]+)_TO_[0-9]+\Z")


class Translator:
    """One vehicle's messages. What it estimates itself goes before what a sensor or gauge says."""

    def __init__(self) -> None:
        self._estimates_position = False
        self._has_speed_controllers = False

    def values_of(self, kind: str, message: Any) -> Values:
        """The channels in a message, by canonical name; empty for kinds that hold none."""
        if match := _ESC_TELEMETRY.match(kind):
            return self._speeds(_motors(int(match[1]), message.rpm, message.count))
        if kind == "ESC_STATUS":
            return self._speeds(_motors(message.index + 1, message.rpm, message.voltage))
        if kind == "GLOBAL_POSITION_INT":
            self._estimates_position = True
        reader = READERS.get(kind)
        if reader is not None:
            return known(reader(message))
        return known(self._fallback(kind, message))

    def _fallback(self, kind: str, message: Any) -> dict[str, Maybe]:
        """Kinds whose values count only as far as nothing better is sent."""
        if kind == "VFR_HUD":
            return _gauges(message) | ({} if self._estimates_position else _gauge_motion(message))
        if kind == "GPS_RAW_INT":
            return _receiver(message) | ({} if self._estimates_position else _fix(message))
        if kind == "RPM" and not self._has_speed_controllers:
            rpm = (message.rpm1, message.rpm2)
            return {f"motor_rpm_{n}": each for n, each in enumerate(rpm, 1) if each >= 0}
        return {}

    def _speeds(self, values: dict[str, Maybe]) -> Values:
        self._has_speed_controllers = True
        return known(values)


def known(values: dict[str, Maybe]) -> Values:
    """Without what is not known: None, NaN and infinity."""
    return {name: float(v) for name, v in values.items() if v is not None and math.isfinite(v)}


def _heartbeat(message: Any) -> dict[str, Maybe]:
    return {"is_armed": float(bool(message.base_mode & ARMED))}


def _landed(message: Any) -> dict[str, Maybe]:
    return {"is_flying": IN_THE_AIR.get(message.landed_state)}


def _estimate(message: Any) -> dict[str, Maybe]:
    return _place(message.lat, message.lon) | {
        "altitude_m": message.alt / 1e3,
        "height_m": message.relative_alt / 1e3,
        "ground_speed_ms": math.hypot(message.vx, message.vy) / 1e2,
        "vertical_speed_ms": -message.vz / 1e2,
        "yaw_deg": _signed_deg(_unless(message.hdg, UNKNOWN_16, 1e2)),
    }


def _attitude(message: Any) -> dict[str, Maybe]:
    return {
        "roll_deg": math.degrees(message.roll),
        "pitch_deg": math.degrees(message.pitch),
        "yaw_deg": _signed_deg(math.degrees(message.yaw)),
    }


def _gauges(message: Any) -> dict[str, Maybe]:
    return {"airspeed_ms": message.airspeed, "throttle_percentage": message.throttle}


def _gauge_motion(message: Any) -> dict[str, Maybe]:
    return {
        "altitude_m": message.alt,
        "ground_speed_ms": message.groundspeed,
        "vertical_speed_ms": message.climb,
        "yaw_deg": _signed_deg(message.heading),
    }


def _supply(message: Any) -> dict[str, Maybe]:
    return {
        "battery_voltage_v": _unless(message.voltage_battery, UNKNOWN_16, 1e3),
        "battery_current_a": _unless(message.current_battery, -1, 1e2),
        "battery_percentage": _unless(message.battery_remaining, -1),
        "cpu_load_percentage": message.load / 10,
    }


def _battery(message: Any) -> dict[str, Maybe]:
    """The first battery. A pack without cell voltages gives its own, spread where it is too big."""
    if message.id != 0:
        return {}
    cells_mv = [each for each in message.voltages if each != UNKNOWN_16]
    cells_mv += [each for each in message.voltages_ext if each not in (0, UNKNOWN_16)]
    return {
        "battery_voltage_v": sum(cells_mv) / 1e3 if cells_mv else None,
        "battery_current_a": _unless(message.current_battery, -1, 1e2),
        "battery_percentage": _unless(message.battery_remaining, -1),
        "battery_consumed_mah": _unless(message.current_consumed, -1),
    }


def _receiver(message: Any) -> dict[str, Maybe]:
    return {
        "gps_fix_type": message.fix_type,
        "gps_satellites": _unless(message.satellites_visible, UNKNOWN_8),
        "gps_hdop": _unless(message.eph, UNKNOWN_16, 1e2),
        "gps_horizontal_accuracy_m": _accuracy(message.h_acc),
        "gps_vertical_accuracy_m": _accuracy(message.v_acc),
        "gps_speed_accuracy_ms": _accuracy(message.vel_acc),
    }


def _fix(message: Any) -> dict[str, Maybe]:
    if message.fix_type < FIX_2D:
        return {}
    return _place(message.lat, message.lon) | {
        "altitude_m": message.alt / 1e3,
        "ground_speed_ms": _unless(message.vel, UNKNOWN_16, 1e2),
    }


def _vibration(message: Any) -> dict[str, Maybe]:
    return {
        "vibration_x_ms2": message.vibration_x,
        "vibration_y_ms2": message.vibration_y,
        "vibration_z_ms2": message.vibration_z,
        "clipping_count": message.clipping_0 + message.clipping_1 + message.clipping_2,
    }


def _motors(first: int, rpm: list[int], signs: Sequence[float]) -> dict[str, Maybe]:
    """Speeds without direction, as in the logs. ``signs`` of life are counts of reports or volts:

    a place of the message with neither speed nor sign belongs to no motor.
    """
    pairs = enumerate(zip(rpm, signs, strict=True), first)
    return {f"motor_rpm_{number}": abs(speed) for number, (speed, sign) in pairs if speed or sign}


def _place(latitude_e7: int, longitude_e7: int) -> dict[str, Maybe]:
    """Autopilots send zero for both while they do not know where they are."""
    if latitude_e7 == 0 and longitude_e7 == 0:
        return {}
    return {"latitude": latitude_e7 / 1e7, "longitude": longitude_e7 / 1e7}


def _unless(value: float, unknown: float, divisor: float = 1.0) -> Maybe:
    return None if value == unknown else value / divisor


def _accuracy(value_mm: int) -> Maybe:
    return None if value_mm in (0, UNKNOWN_32) else value_mm / 1e3


def _signed_deg(angle_deg: Maybe) -> Maybe:
    """From -180 up to 180, as in the logs."""
    if angle_deg is None or not math.isfinite(angle_deg):
        return None
    return (angle_deg + 180.0) % 360.0 - 180.0


READERS: dict[str, Callable[[Any], dict[str, Maybe]]] = {
    "HEARTBEAT": _heartbeat,
    "EXTENDED_SYS_STATE": _landed,
    "GLOBAL_POSITION_INT": _estimate,
    "ATTITUDE": _attitude,
    "SYS_STATUS": _supply,
    "BATTERY_STATUS": _battery,
    "VIBRATION": _vibration,
}
