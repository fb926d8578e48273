"""Reads an ArduPilot DataFlash log (.bin) into a flight record."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.formats.dataflash_channels import add_channels
from aviation.telemetry.formats.dataflash_gps import add_position, add_receiver
from aviation.telemetry.formats.dataflash_messages import ArduLog
from aviation.telemetry.formats.dataflash_motors import add_motors
from aviation.telemetry.formats.dataflash_reader import DataflashFile, read_dataflash_file
from aviation.telemetry.formats.dataflash_state import add_events, add_states, describe
from aviation.telemetry.formats.draft import Draft
from aviation.telemetry.formats.errors import UnreadableLog
from aviation.telemetry.formats.opening import LogBytes
from aviation.telemetry.record import Autopilot, FlightRecord

MAX_PARAMETERS = 20_000


def read_dataflash(data: LogBytes) -> FlightRecord:
    """The flight record of a log's bytes. Raises UnreadableLog when there is none in it."""
    file = read_dataflash_file(data)
    if not any(len(table) for table in file.tables.values()):
        text = "This ArduPilot log declares its messages but holds none: nothing was recorded."
        raise UnreadableLog("header_only", text)
    log = ArduLog(file)
    draft = Draft(format="dataflash", autopilot=Autopilot.ARDUPILOT, parameters=_parameters(file))
    describe(log, draft)
    add_receiver(log, draft)
    add_states(log, draft)
    add_motors(log, draft)
    add_channels(log, draft)
    add_position(log, draft)
    add_events(log, draft)
    end_s = max((float(series.time_s[-1]) for series in draft.series.values()), default=0.0)
    draft.notes.extend(file.damage.notes(end_s))
    return draft.finish()


def _parameters(file: DataflashFile) -> dict[str, float]:
    """The first value of each parameter: the one the flight began with."""
    table = file.tables.get("PARM")
    values = None if table is None or not len(table) else table.numbers("Value")
    if table is None or values is None:
        return {}
    names = table.texts("Name", MAX_PARAMETERS)
    parameters: dict[str, float] = {}
    for name, value in zip(names, values[:MAX_PARAMETERS].tolist(), strict=False):
        if name and np.isfinite(value):
            parameters.setdefault(name, value)
    return parameters
