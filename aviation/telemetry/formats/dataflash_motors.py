"""ArduPilot: throttle, motor outputs and motor speeds."""

from __future__ import annotations

import re

import numpy as np

from aviation.telemetry.formats.dataflash_messages import ArduLog, Messages
from aviation.telemetry.formats.draft import Draft
from aviation.telemetry.formats.motors import following_throttle, is_flight_at, moving_outputs
from aviation.telemetry.record import FloatArray, VehicleType

MAX_OUTPUTS = 14
MAX_ESCS = 12

_MOTOR_FUNCTIONS = {33 + motor: motor + 1 for motor in range(8)} | {
    82 + motor: motor + 9 for motor in range(4)
}
"""SERVOn_FUNCTION of motors 1 to 8 and 9 to 12."""
_THROTTLE_FUNCTIONS = {70: 1, 73: 1, 74: 2}
"""SERVOn_FUNCTION of a fixed wing's throttle, left and right throttle."""

_MOTORS_OF_FRAME = (
    ("OCTA", 8),
    ("DODECA", 12),
    ("DECA", 10),
    ("HEXA", 6),
    ("Y6", 6),
    ("QUAD", 4),
    ("TRI", 3),
)
_MOTORS_OF_CLASS = {1: 4, 2: 6, 3: 8, 4: 8, 5: 6, 7: 3, 12: 12, 14: 10}
"""Number of motors by FRAME_CLASS: quad, hexa, octa, octa quad, Y6, tri, dodeca-hexa, deca."""


def add_motors(log: ArduLog, draft: Draft) -> None:
    """Throttle first: the motors of a fixed wing may be known only by following it."""
    _add_throttle(log, draft)
    _add_outputs(log, draft)
    _add_speeds(log, draft)


def _add_throttle(log: ArduLog, draft: Draft) -> None:
    """Copters log 0 to 1 (or, before 3.4, 0 to 1000), planes percent."""
    is_plane = draft.vehicle_type in (VehicleType.FIXED_WING, VehicleType.VTOL)
    messages = log.messages("CTUN")
    for column, copter_scale in (("ThO", 100.0), ("ThrOut", 0.1)):
        values = messages and messages.values(column)
        if messages is not None and values is not None:
            if messages.table.character(column) == "f" and column == "ThrOut":
                copter_scale = 100.0
            scaled = values * (1.0 if is_plane else copter_scale)
            draft.add("throttle_percentage", messages.time_s, scaled, messages.source(column))


def _add_outputs(log: ArduLog, draft: Draft) -> None:
    messages = log.messages("RCOU")
    if messages is None:
        return
    outputs = _outputs(messages)
    motors = _motors_by_function(draft) or _motors_by_movement(log, messages, outputs, draft)
    for motor, output in motors.items():
        values = outputs.get(output)
        if values is not None and np.ptp(values) > 0:
            source = messages.source(f"C{output}")
            draft.add(f"motor_output_us_{motor}", messages.time_s, values, source)


def _outputs(messages: Messages) -> dict[int, FloatArray]:
    """The logged outputs by number; firmware versions name them C1, Ch1 or Chan1."""
    found = {}
    for number in range(1, MAX_OUTPUTS + 1):
        values = messages.values(f"C{number}", f"Ch{number}", f"Chan{number}")
        if values is not None:
            found[number] = values
    return found


def _motors_by_function(draft: Draft) -> dict[int, int]:
    """Output by motor, from the SERVOn_FUNCTION parameters."""
    functions = _MOTOR_FUNCTIONS
    if draft.vehicle_type is VehicleType.FIXED_WING:
        functions = _THROTTLE_FUNCTIONS
    motors: dict[int, int] = {}
    for name, value in draft.parameters.items():
        match = re.fullmatch(r"SERVO([0-9]{1,2})_FUNCTION", name)
        motor = functions.get(int(np.nan_to_num(value, posinf=0, neginf=0))) if match else None
        if match and motor is not None:
            motors.setdefault(motor, int(match[1]))
    return dict(sorted(motors.items()))


def _motors_by_movement(
    log: ArduLog, messages: Messages, outputs: dict[int, FloatArray], draft: Draft
) -> dict[int, int]:
    """Output by motor for firmware before 3.5, where motors are the first outputs that move."""
    if not outputs:
        return {}
    numbers, table = list(outputs), np.stack(list(outputs.values()), axis=1)
    if draft.vehicle_type is VehicleType.MULTIROTOR:
        in_flight = is_flight_at(messages.time_s, draft.series.get("is_flying"))
        columns = moving_outputs(table, in_flight)[: _motor_count(log, draft)]
    elif draft.vehicle_type is VehicleType.FIXED_WING:
        throttle = draft.series.get("throttle_percentage")
        columns = following_throttle(table, messages.time_s, throttle) if throttle else []
    else:
        columns = []
    return {motor: numbers[column] for motor, column in enumerate(columns, start=1)}


def _motor_count(log: ArduLog, draft: Draft) -> int:
    """How many motors the airframe has, as far as the log tells; else as many as can be."""
    frame_class = draft.parameters.get("FRAME_CLASS")
    if frame_class in _MOTORS_OF_CLASS:
        return _MOTORS_OF_CLASS[int(frame_class)]
    messages = log.file.tables.get("MSG")
    texts = messages.texts("Message", 200) if messages is not None and len(messages) else []
    frames = [text.upper() for text in texts if text.startswith("Frame: ")]
    for frame in frames:
        for name, count in _MOTORS_OF_FRAME:
            if name in frame:
                return count
    return MAX_ESCS


def _add_speeds(log: ArduLog, draft: Draft) -> None:
    """Speeds the ESCs report. One motor at 0 among turning ones stays: it may have failed."""
    speeds = _esc_speeds(log)
    turning = {motor for motor, (_, rpm) in speeds.items() if rpm.any()}
    for motor, (messages, rpm) in speeds.items():
        if turning and (motor in turning or f"motor_output_us_{motor}" in draft.series):
            source = messages.source("RPM")
            draft.add(f"motor_rpm_{motor}", messages.time_s, np.abs(rpm), source)


def _esc_speeds(log: ArduLog) -> dict[int, tuple[Messages, FloatArray]]:
    """Messages and speeds by motor: one ESC message with numbers, or ESC1 to ESC8 before 4.0."""
    numbered = {motor: log.messages(f"ESC{motor}") for motor in range(1, 9)}
    if "ESC" in log.file.tables:
        numbered = {
            instance + 1: log.messages("ESC", instance)
            for instance in log.instances("ESC")
            if 0 <= instance < MAX_ESCS
        }
    speeds = {}
    for motor, messages in numbered.items():
        rpm = messages and messages.values("RPM")
        if messages is not None and rpm is not None:
            speeds[motor] = messages, rpm
    return speeds
