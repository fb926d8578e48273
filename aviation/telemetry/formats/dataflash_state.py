"""ArduPilot: the kind of vehicle, its states (armed, in the air) and the events of the log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

import numpy as np

from aviation.telemetry.formats.dataflash_messages import ArduLog
from aviation.telemetry.formats.dataflash_names import (
    COPTER_MODES,
    EKF_PRIMARY,
    EV_ARMED,
    EV_DISARMED,
    EV_LAND_COMPLETE,
    EV_NOT_LANDED,
    EV_TAKEOFF,
    NEVER_RESOLVED,
    PLANE_MODES,
    ROVER_MODES,
    SUBSYSTEMS,
    Subsystem,
)
from aviation.telemetry.formats.draft import MAX_EVENTS, Draft
from aviation.telemetry.formats.switches import changes, state_events
from aviation.telemetry.record import EventKind, EventLevel, FloatArray, LogEvent, VehicleType

_FIRMWARE = re.compile(r"^(?:Ardu|APM:)(?P<vehicle>[A-Z]\w+) +V?(?P<version>[0-9]\S*)")
_FRAME_HELICOPTER = 6.0
"""FRAME_CLASS of a traditional helicopter."""

_MODES = {
    VehicleType.MULTIROTOR: COPTER_MODES,
    VehicleType.HELICOPTER: COPTER_MODES,
    VehicleType.FIXED_WING: PLANE_MODES,
    VehicleType.VTOL: PLANE_MODES,
    VehicleType.ROVER: ROVER_MODES,
}

_ARMING = {EV_ARMED: 1.0, EV_DISARMED: 0.0}
_LANDING = {EV_TAKEOFF: 1.0, EV_NOT_LANDED: 1.0, EV_LAND_COMPLETE: 0.0, EV_DISARMED: 0.0}


def describe(log: ArduLog, draft: Draft) -> None:
    """Firmware, board and kind of vehicle, from the texts at the log's begin."""
    texts = _texts(log)
    vehicle = ""
    for text in texts:
        match = _FIRMWARE.match(text)
        if match:
            vehicle = match["vehicle"]
            draft.firmware = f"Ardu{vehicle} {match['version']}"
            break
    draft.hardware = _board(texts)
    draft.vehicle_type = _vehicle_type(vehicle, draft)


def _texts(log: ArduLog) -> list[str]:
    table = log.file.tables.get("MSG")
    return [] if table is None or not len(table) else table.texts("Message", MAX_EVENTS)


def _board(texts: list[str]) -> str:
    """The board's name stands before its serial number: ``PX4v2 004A002F 33345119 32383433``."""
    for text in texts:
        match = re.match(r"^(\w[\w\-.]*) [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{8}$", text)
        if match:
            return match[1]
    return ""


def _vehicle_type(vehicle: str, draft: Draft) -> VehicleType:
    parameters = draft.parameters
    if parameters.get("Q_ENABLE", 0.0) > 0:
        return VehicleType.VTOL
    if vehicle == "Copter":
        is_helicopter = parameters.get("FRAME_CLASS") == _FRAME_HELICOPTER
        is_helicopter |= "H_RSC_MODE" in parameters
        return VehicleType.HELICOPTER if is_helicopter else VehicleType.MULTIROTOR
    known = {"Plane": VehicleType.FIXED_WING, "Rover": VehicleType.ROVER}
    return known.get(vehicle, VehicleType.UNKNOWN)


def add_states(log: ArduLog, draft: Draft) -> None:
    """Whether the vehicle is armed and in the air, as channels."""
    status = log.messages("STAT")
    if status is not None:
        for channel, column in (("is_armed", "Armed"), ("is_flying", "isFlying")):
            values = status.values(column)
            flags = None if values is None else (values > 0).astype(np.float64)
            draft.add(channel, status.time_s, flags, status.source(column))
    arming = log.messages("ARM")
    if arming is not None:
        state = arming.values("ArmState")
        draft.add("is_armed", arming.time_s, state, arming.source("ArmState"))
    events = _events(log)
    if events is not None:
        _add_switch(events, log.first_s, draft, "is_armed", _ARMING)
        if any((events[1] == number).any() for number in (EV_NOT_LANDED, EV_LAND_COMPLETE)):
            _add_switch(events, log.first_s, draft, "is_flying", _LANDING)


def _events(log: ArduLog) -> tuple[FloatArray, FloatArray] | None:
    """Times and numbers of the EV records; several may share one moment."""
    table = log.file.tables.get("EV")
    numbers = None if table is None or not len(table) else table.numbers("Id")
    if table is None or numbers is None:
        return None
    return log.times(table), numbers


def _add_switch(
    events: tuple[FloatArray, FloatArray],
    start_s: float,
    draft: Draft,
    channel: str,
    meaning: dict[int, float],
) -> None:
    """A state from the events that switch it; before the first, it was the other way round."""
    rows = np.isin(events[1], list(meaning))
    if not rows.any():
        return
    time_s = events[0][rows]
    values = np.array([meaning[int(number)] for number in events[1][rows]])
    if start_s < time_s[0]:
        time_s = np.concatenate(([start_s], time_s))
        values = np.concatenate(([1.0 - values[0]], values))
    order = np.argsort(time_s, kind="stable")
    time_s, values = time_s[order], values[order]
    last_of_moment = np.append(np.diff(time_s) > 0, True)
    draft.add(channel, time_s[last_of_moment], values[last_of_moment], "EV.Id")


def add_events(log: ArduLog, draft: Draft) -> None:
    draft.add_events(_messages(log))
    draft.add_events(_modes(log, draft.vehicle_type))
    draft.add_events(_errors(log))
    draft.add_events(state_events(draft.series.get("is_armed"), draft.series.get("is_flying")))


def _messages(log: ArduLog) -> Iterator[LogEvent]:
    table = log.file.tables.get("MSG")
    if table is None or not len(table):
        return
    times = log.times(table)
    for time_s, text in zip(times.tolist(), table.texts("Message", MAX_EVENTS), strict=False):
        yield LogEvent(time_s, EventKind.MESSAGE, "", text, source="MSG.Message")


def _modes(log: ArduLog, vehicle_type: VehicleType) -> Iterator[LogEvent]:
    messages = log.messages("MODE")
    numbers = messages and messages.values("ModeNum", "Mode")
    if messages is None or numbers is None:
        return
    names = _MODES.get(vehicle_type, {})
    first = float(messages.time_s[0]), float(numbers[0])
    for time_s, number in chain([first], changes(messages.time_s, numbers)):
        name = names.get(int(number), f"Mode {int(number)}")
        source = messages.source("Mode")
        yield LogEvent(time_s, EventKind.MODE, name, f"Mode: {name}", source=source)


def _errors(log: ArduLog) -> Iterator[LogEvent]:
    """The autopilot's own error records; code 0 ends what a record before it began."""
    table = log.file.tables.get("ERR")
    if table is None or not len(table):
        return
    subsystems, codes = table.numbers("Subsys"), table.numbers("ECode")
    if subsystems is None or codes is None:
        return
    for time_s, number, code in zip(log.times(table), subsystems, codes, strict=True):
        yield _error(float(time_s), int(number), int(code))


def _error(time_s: float, number: int, code: int) -> LogEvent:
    source = "ERR.Subsys"
    if number == EKF_PRIMARY:
        text = f"Estimator core {code + 1} took over"
        return LogEvent(time_s, EventKind.ERROR, "ekf_core", text, EventLevel.WARNING, source)
    subsystem = SUBSYSTEMS.get(number, Subsystem(f"error_{number}", f"Error record {number}"))
    if code == 0 and number not in NEVER_RESOLVED:
        text = f"{subsystem.words}: resolved"
        return LogEvent(time_s, EventKind.RECOVERED, subsystem.code, text, source=source)
    kind, text = subsystem.kind, subsystem.text(code)
    return LogEvent(time_s, kind, subsystem.code, text, subsystem.level, source)
