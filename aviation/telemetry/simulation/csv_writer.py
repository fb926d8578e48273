"""The same flight as a plain table, as a spreadsheet or another logger would deliver it."""

from __future__ import annotations

from typing import TextIO

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.geodesy import degrees_of
from aviation.telemetry.simulation.grid import RATE_HZ, seconds
from aviation.telemetry.simulation.px4_navigation_topics import pitot_ms
from aviation.telemetry.simulation.rotation import euler_of
from aviation.telemetry.simulation.scene import Scene

_ROWS_PER_S = 10
_DECIMALS = {"latitude": 7, "longitude": 7}


def write_csv(target: TextIO, scene: Scene) -> None:
    """A header of channel names, then ten rows a second; ``time_s`` counts from the first row."""
    columns = _columns(scene)
    formats = [f"%.{_DECIMALS.get(name, 3)}f" for name in columns]
    table = np.column_stack(list(columns.values()))
    np.savetxt(target, table, formats, delimiter=",", header=",".join(columns), comments="")


def _columns(scene: Scene) -> dict[str, FloatArray]:
    index = np.arange(0, len(scene), RATE_HZ // _ROWS_PER_S)
    columns = {"time_s": seconds(len(scene))} | _position(scene) | _state(scene)
    if not scene.is_multirotor:
        columns["airspeed_ms"] = pitot_ms(scene)
    for number, rpm in enumerate(scene.propulsion.rpm.T, start=1):
        columns[f"motor_rpm_{number}"] = rpm
    return {name: values[index] for name, values in columns.items()}


def _position(scene: Scene) -> dict[str, FloatArray]:
    north, east, down = scene.estimate.position_m.T
    latitude, longitude = degrees_of(scene.plan.home, north, east)
    velocity = scene.estimate.velocity_ms
    return {
        "latitude": latitude,
        "longitude": longitude,
        "altitude_m": scene.plan.home[2] - down,
        "ground_speed_ms": np.hypot(velocity[:, 0], velocity[:, 1]),
        "vertical_speed_ms": -velocity[:, 2],
    }


def _state(scene: Scene) -> dict[str, FloatArray]:
    roll, pitch, yaw = np.degrees(euler_of(scene.motion.attitude)).T
    return {
        "roll_deg": roll,
        "pitch_deg": pitch,
        "yaw_deg": yaw,
        "battery_voltage_v": scene.battery.voltage_v,
        "battery_current_a": scene.battery.current_a,
        "battery_percentage": 100 * scene.battery.remaining,
        "gps_fix_type": scene.receiver.fix_type,
        "gps_satellites": scene.receiver.satellites,
        "gps_hdop": scene.receiver.hdop,
        "vibration_metric_ms2": scene.vibration.metric_ms2,
        "is_armed": scene.states.is_armed.astype(float),
    }
