"""PX4: what kind of vehicle it is, its states (armed, in the air) and the events of the log."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from aviation.telemetry.formats.draft import Draft
from aviation.telemetry.formats.switches import changes, state_events
from aviation.telemetry.formats.ulog_messages import Messages, Px4Log
from aviation.telemetry.record import EventKind, EventLevel, LogEvent, VehicleType

ARMED = 2
"""vehicle_status.arming_state of an armed vehicle, the same in every firmware."""

MODES = {
    0: "Manual",
    1: "Altitude",
    2: "Position",
    3: "Mission",
    4: "Hold",
    5: "Return",
    6: "Position slow",
    8: "Altitude cruise",
    10: "Acro",
    12: "Descend",
    13: "Termination",
    14: "Offboard",
    15: "Stabilized",
    16: "Rattitude",
    17: "Takeoff",
    18: "Land",
    19: "Follow target",
    20: "Precision land",
    21: "Orbit",
    22: "VTOL takeoff",
} | {23 + number: f"External {number + 1}" for number in range(8)}
"""vehicle_status.nav_state; source: PX4 VehicleStatus.msg."""

_MULTIROTORS = frozenset({2, 3, 13, 14, 15, 29, 35})
_TYPE_OF_MAV_TYPE = {
    1: VehicleType.FIXED_WING,
    4: VehicleType.HELICOPTER,
    10: VehicleType.ROVER,
} | dict.fromkeys(range(19, 26), VehicleType.VTOL)
"""MAV_TYPE of the MAVLink common message set."""
_TYPE_OF_VEHICLE_TYPE = {
    1: VehicleType.MULTIROTOR,
    2: VehicleType.FIXED_WING,
    3: VehicleType.ROVER,
}
"""vehicle_status.vehicle_type; a helicopter counts as rotary wing there."""

_FAILURE_BITS = {0: "roll", 1: "pitch", 2: "altitude", 3: "external"}
"""vehicle_status.failure_detector_status; higher bits changed meaning between versions."""

CAUSE_WINDOW_S = 5.0
"""A failsafe is put down to a flag that was raised no longer before it than this."""
_CAUSES = (
    ("battery_status", "warning", 2, "battery", "low battery"),
    ("vehicle_status", "rc_signal_lost", 1, "radio", "radio control lost"),
    ("failsafe_flags", "manual_control_signal_lost", 1, "radio", "radio control lost"),
    ("vehicle_status", "data_link_lost", 1, "data_link", "ground station link lost"),
    ("failsafe_flags", "gcs_connection_lost", 1, "data_link", "ground station link lost"),
    ("vehicle_status", "engine_failure", 1, "engine", "engine failure"),
    ("failsafe_flags", "fd_motor_failure", 1, "motor", "motor failure"),
    ("failsafe_flags", "fd_critical_failure", 1, "attitude", "loss of attitude control"),
    ("vehicle_status", "geofence_violated", 1, "geofence", "geofence breached"),
    ("failsafe_flags", "geofence_breached", 1, "geofence", "geofence breached"),
    ("failsafe_flags", "global_position_invalid", 1, "position", "position lost"),
    ("failsafe_flags", "local_position_invalid", 1, "position", "position lost"),
    ("failsafe_flags", "offboard_control_signal_lost", 1, "offboard", "offboard control lost"),
    ("vehicle_status", "mission_failure", 1, "mission", "mission failure"),
)
"""Topic, field, least value, code and words of the causes of a failsafe."""


def vehicle_type_of(log: Px4Log) -> VehicleType:
    """What the vehicle declares: a VTOL first, then its MAVLink type, then its general kind."""
    status = log.messages("vehicle_status")
    if status is not None and _last(status, "is_vtol"):
        return VehicleType.VTOL
    mav_type = (status and _last(status, "system_type")) or log.parameter("MAV_TYPE") or 0
    number = int(np.nan_to_num(mav_type))
    if number in _MULTIROTORS:
        return VehicleType.MULTIROTOR
    if number in _TYPE_OF_MAV_TYPE:
        return _TYPE_OF_MAV_TYPE[number]
    if status is not None and _last(status, "is_rotary_wing"):
        return VehicleType.MULTIROTOR
    kind = int(_last(status, "vehicle_type")) if status is not None else 0
    return _TYPE_OF_VEHICLE_TYPE.get(kind, VehicleType.UNKNOWN)


def _last(messages: Messages, field: str) -> float:
    values = messages.values(field)
    return 0.0 if values is None else float(np.nan_to_num(values[-1]))


def add_states(log: Px4Log, draft: Draft) -> None:
    """Whether the vehicle is armed and in the air, as channels."""
    status = log.messages("vehicle_status")
    arming = status and status.values("arming_state")
    if status and arming is not None:
        is_armed = (arming == ARMED).astype(np.float64)
        draft.add("is_armed", status.time_s, is_armed, status.source("arming_state"))
    armed = log.messages("actuator_armed")
    if armed is not None:
        draft.add("is_armed", armed.time_s, armed.values("armed"), armed.source("armed"))
    detector = log.messages("vehicle_land_detected")
    landed = detector and detector.values("landed")
    if detector and landed is not None:
        is_flying = (landed == 0).astype(np.float64)
        draft.add("is_flying", detector.time_s, is_flying, detector.source("landed"))


def add_events(log: Px4Log, draft: Draft) -> None:
    draft.add_events(_messages(log))
    draft.add_events(state_events(draft.series.get("is_armed"), draft.series.get("is_flying")))
    status = log.messages("vehicle_status")
    if status is not None:
        draft.add_events(_modes(status))
        draft.add_events(_failsafes(log, status))
        draft.add_events(_failures(status))


def _messages(log: Px4Log) -> Iterator[LogEvent]:
    for line in log.file.texts:
        level = EventLevel.INFO
        if line.level <= 4:
            level = EventLevel.CRITICAL if line.level <= 3 else EventLevel.WARNING
        yield LogEvent(line.time_us * 1e-6, EventKind.MESSAGE, "", line.text, level, "logging")


def _modes(status: Messages) -> Iterator[LogEvent]:
    states = status.values("nav_state")
    if states is None:
        return
    source = status.source("nav_state")
    first = float(status.time_s[0]), float(states[0])
    for time_s, state in chain([first], changes(status.time_s, states)):
        name = MODES.get(int(state), f"Mode {int(state)}")
        yield LogEvent(time_s, EventKind.MODE, name, f"Mode: {name}", source=source)


def _failsafes(log: Px4Log, status: Messages) -> Iterator[LogEvent]:
    flags = status.values("failsafe")
    if flags is None:
        return
    source, code = status.source("failsafe"), "failsafe"
    for time_s, is_on in changes(status.time_s, (flags > 0).astype(np.float64)):
        if is_on:
            code, words = _cause(log, time_s)
            text = f"Failsafe: {words}" if words else "Failsafe"
            yield LogEvent(time_s, EventKind.FAILSAFE, code, text, EventLevel.CRITICAL, source)
        else:
            yield LogEvent(time_s, EventKind.RECOVERED, code, "Failsafe over", source=source)


def _cause(log: Px4Log, time_s: float) -> tuple[str, str]:
    """Code and words of the flag that was raised just before a failsafe."""
    for topic, field, least, code, words in _CAUSES:
        messages = log.messages(topic)
        values = messages and messages.values(field)
        if messages is None or values is None:
            continue
        is_raised = (values >= least).astype(np.float64)
        raised_s = [moment for moment, is_on in changes(messages.time_s, is_raised) if is_on]
        if any(0 <= time_s - moment <= CAUSE_WINDOW_S for moment in raised_s):
            return code, words
    return "failsafe", ""


def _failures(status: Messages) -> Iterator[LogEvent]:
    """What PX4's failure detector reports, by its bits."""
    values = status.values("failure_detector_status")
    if values is None:
        return
    source = status.source("failure_detector_status")
    for bit, what in _FAILURE_BITS.items():
        is_set = ((values.astype(np.int64) >> bit) & 1).astype(np.float64)
        code = f"failure_{what}"
        for time_s, is_on in changes(status.time_s, is_set):
            if is_on:
                text = f"The autopilot's failure detector reports: {what}"
                yield LogEvent(time_s, EventKind.ERROR, code, text, EventLevel.CRITICAL, source)
            else:
                yield LogEvent(time_s, EventKind.RECOVERED, code, f"Over: {what}", source=source)
