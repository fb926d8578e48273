"""PX4: throttle, motor outputs and motor speeds."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.formats.draft import Draft
from aviation.telemetry.formats.motors import (
    as_pulse_us,
    following_throttle,
    is_flight_at,
    moving_outputs,
)
from aviation.telemetry.formats.ulog_messages import Messages, Px4Log
from aviation.telemetry.record import FloatArray, VehicleType

MOTORS_OF_TYPE = {2: 4, 3: 2, 13: 6, 14: 8, 15: 3, 29: 12, 35: 10}
"""Number of motors by MAV_TYPE: quadrotor, coaxial, hexa-, octo-, tri-, dodeca-, decarotor."""
MAX_OUTPUTS = 16
MAX_ESCS = 12
REST_CEILING_US = 1_100.0
"""A motor's output rests below this when disarmed; a control surface rests in the middle."""


def add_motors(log: Px4Log, draft: Draft) -> None:
    """Throttle first: the motors of a fixed wing are known by following it."""
    _add_throttle(log, draft)
    if not _add_motor_commands(log, draft):
        _add_output_group(log, draft)
    _add_speeds(log, draft)


def _add_throttle(log: Px4Log, draft: Draft) -> None:
    for topic, field in (
        ("actuator_controls_0", "control[3]"),
        ("vehicle_attitude_setpoint", "thrust"),
    ):
        messages = log.messages(topic)
        values = messages and messages.values(field)
        if messages and values is not None:
            source = messages.source(field)
            draft.add("throttle_percentage", messages.time_s, values * 100.0, source)
    for topic, field in (
        ("vehicle_thrust_setpoint", "xyz"),
        ("vehicle_attitude_setpoint", "thrust_body"),
    ):
        messages = log.messages(topic)
        axes = messages and messages.vector(*(f"{field}[{axis}]" for axis in range(3)))
        if messages and axes:
            total = np.sqrt(np.sum(np.square(axes), axis=0)) * 100.0
            draft.add("throttle_percentage", messages.time_s, total, messages.source(field))


def _motor_count(log: Px4Log, draft: Draft) -> int:
    """How many motors the airframe has, as far as the log tells; else as many as can be."""
    count = log.parameter("CA_ROTOR_COUNT")
    if count:
        return int(np.clip(np.nan_to_num(count), 1, MAX_ESCS))
    if draft.vehicle_type is not VehicleType.MULTIROTOR:
        return MAX_ESCS
    mav_type = log.parameter("MAV_TYPE")
    return MOTORS_OF_TYPE.get(int(np.nan_to_num(mav_type or 0)), MAX_ESCS)


def _add_motor_commands(log: Px4Log, draft: Draft) -> bool:
    """Newer firmware logs the motors' commands by motor, 0 to 1, NaN for motors not there."""
    messages = log.messages("actuator_motors")
    if messages is None:
        return False
    for motor in range(_motor_count(log, draft)):
        command = messages.values(f"control[{motor}]")
        if command is not None and np.isfinite(command).any() and np.nanmax(np.abs(command)) > 0:
            pulse_us = 1_000.0 + 1_000.0 * np.clip(command, -1.0, 1.0)
            source = messages.source(f"control[{motor}]")
            draft.add(f"motor_output_us_{motor + 1}", messages.time_s, pulse_us, source)
    return True


def _add_output_group(log: Px4Log, draft: Draft) -> None:
    """The output group in which most outputs move like motors; the others stay out."""
    best: tuple[Messages, FloatArray, list[int]] | None = None
    for multi_id in log.instances("actuator_outputs"):
        messages = log.messages("actuator_outputs", multi_id)
        outputs = messages and _outputs(messages)
        if messages is None or outputs is None:
            continue
        motors = _motors_among(messages.time_s, outputs, draft)
        if motors and (best is None or len(motors) > len(best[2])):
            best = messages, outputs, motors
    if best is None:
        return
    messages, outputs, motors = best
    pulses_us = as_pulse_us(outputs)
    for number, column in enumerate(motors[: _motor_count(log, draft)], start=1):
        source = messages.source(f"output[{column}]")
        draft.add(f"motor_output_us_{number}", messages.time_s, pulses_us[:, column], source)


def _outputs(messages: Messages) -> FloatArray | None:
    columns = messages.vector(*(f"output[{column}]" for column in range(MAX_OUTPUTS)))
    return None if columns is None else np.stack(columns, axis=1)


def _motors_among(time_s: FloatArray, outputs: FloatArray, draft: Draft) -> list[int]:
    throttle = draft.series.get("throttle_percentage")
    if draft.vehicle_type is VehicleType.FIXED_WING:
        return following_throttle(outputs, time_s, throttle) if throttle else []
    if draft.vehicle_type not in (VehicleType.MULTIROTOR, VehicleType.VTOL):
        return []
    moving = moving_outputs(outputs, is_flight_at(time_s, draft.series.get("is_flying")))
    if draft.vehicle_type is VehicleType.VTOL:
        return [column for column in moving if np.nanmin(outputs[:, column]) < REST_CEILING_US]
    return moving


def _add_speeds(log: Px4Log, draft: Draft) -> None:
    """Speeds the ESCs report. One motor at 0 among turning ones stays: it may have failed.

    An ESC that reports 0 throughout counts as a motor only if an output drives it.
    """
    messages = log.messages("esc_status")
    if messages is None:
        return
    speeds = {motor: messages.values(f"esc[{motor - 1}].esc_rpm") for motor in _escs(messages)}
    turning = {motor for motor, rpm in speeds.items() if rpm is not None and rpm.any()}
    for motor, rpm in speeds.items():
        if turning and (motor in turning or f"motor_output_us_{motor}" in draft.series):
            source = messages.source(f"esc[{motor - 1}].esc_rpm")
            values = None if rpm is None else np.abs(rpm)
            draft.add(f"motor_rpm_{motor}", messages.time_s, values, source)


def _escs(messages: Messages) -> range:
    """The numbers, from 1, of the ESCs that are there."""
    counts = messages.values("esc_count")
    count = 0.0 if counts is None else float(np.nan_to_num(counts).max(initial=0.0))
    return range(1, 1 + min(int(count), MAX_ESCS))
