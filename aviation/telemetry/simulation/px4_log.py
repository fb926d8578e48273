"""A simulated flight as the contents of a PX4 log."""

from __future__ import annotations

from aviation.telemetry.simulation.airframes import QUADROTOR
from aviation.telemetry.simulation.battery import CRITICAL, EMERGENCY, LOW
from aviation.telemetry.simulation.px4_motion_topics import motion_topics
from aviation.telemetry.simulation.px4_navigation_topics import navigation_topics
from aviation.telemetry.simulation.px4_power_topics import (
    AEROPLANE_MOTOR_OUTPUT,
    PWM_DISARMED,
    PWM_LEAST,
    PWM_MOST,
    power_topics,
)
from aviation.telemetry.simulation.px4_state_topics import MAV_TYPE, state_topics
from aviation.telemetry.simulation.scene import Scene
from aviation.telemetry.simulation.ulog_writer import LoggedText, ULogContent

_RELEASE_1_15_0 = 0x010F00FF
_MOTOR_1, _SERVO_1 = 101, 201
_AIRFRAME_ID = {"multirotor": 4001, "fixed_wing": 2100}


def px4_log(scene: Scene) -> ULogContent:
    """Everything that PX4 would have logged on this flight."""
    return ULogContent(
        start_us=scene.start_us,
        information={
            "sys_name": "PX4",
            "ver_sw": "0" * 40,
            "ver_sw_release": _RELEASE_1_15_0,
            "ver_hw": "DBX_SIMULATOR",
            "sys_os_name": "DBX simulator",
            "ver_data_format": 1,
            "time_ref_utc": 0,
        },
        parameters=_parameters(scene),
        topics=[
            *state_topics(scene),
            *motion_topics(scene),
            *navigation_topics(scene),
            *power_topics(scene),
        ],
        texts=[
            LoggedText(scene.boot_us(text.time_s), text.level, text.text)
            for text in scene.states.texts
        ],
    )


def _parameters(scene: Scene) -> dict[str, int | float]:
    """In the order of their names, as PX4 stores them."""
    pack = scene.airframe.pack
    parameters: dict[str, int | float] = {
        "SYS_AUTOSTART": _AIRFRAME_ID[scene.plan.vehicle],
        "MAV_TYPE": MAV_TYPE[scene.plan.vehicle],
        "CA_AIRFRAME": 0 if scene.is_multirotor else 1,
        "CA_ROTOR_COUNT": scene.airframe.motors,
        "BAT1_N_CELLS": pack.cells,
        "BAT1_CAPACITY": pack.capacity_ah * 1000,
        "BAT1_V_EMPTY": 3.6,
        "BAT1_V_CHARGED": 4.05,
        "BAT_LOW_THR": LOW,
        "BAT_CRIT_THR": CRITICAL,
        "BAT_EMERGEN_THR": EMERGENCY,
        "COM_LOW_BAT_ACT": 3,
        "EKF2_NOAID_TOUT": 5_000_000,
        "FD_FAIL_R": 60,
        "FD_FAIL_P": 60,
        "SDLOG_MODE": 1,
    }
    parameters.update(_rotors() if scene.is_multirotor else _airspeeds())
    parameters.update(_outputs(scene))
    return dict(sorted(parameters.items()))


def _rotors() -> dict[str, int | float]:
    values: dict[str, int | float] = {}
    for number, (forward_m, right_m) in enumerate(QUADROTOR.motor_places_m):
        values[f"CA_ROTOR{number}_PX"] = float(forward_m)
        values[f"CA_ROTOR{number}_PY"] = float(right_m)
        values[f"CA_ROTOR{number}_KM"] = 0.05 if number < 2 else -0.05
    return values


def _airspeeds() -> dict[str, int | float]:
    return {"FW_AIRSPD_MIN": 12.0, "FW_AIRSPD_TRIM": 18.0, "FW_AIRSPD_MAX": 25.0}


def _outputs(scene: Scene) -> dict[str, int | float]:
    """Which output drives what, and the pulses it may send."""
    functions = [_MOTOR_1 + number for number in range(4)]
    if not scene.is_multirotor:
        functions = [_SERVO_1, _SERVO_1 + 1, _SERVO_1 + 2]
        functions.insert(AEROPLANE_MOTOR_OUTPUT - 1, _MOTOR_1)
    values: dict[str, int | float] = {}
    for output, function in enumerate([*functions, 0, 0, 0, 0], start=1):
        values[f"PWM_MAIN_FUNC{output}"] = function
        values[f"PWM_MAIN_DIS{output}"] = PWM_DISARMED
        values[f"PWM_MAIN_MIN{output}"] = PWM_LEAST
        values[f"PWM_MAIN_MAX{output}"] = PWM_MOST
    return values
