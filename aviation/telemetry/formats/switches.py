"""Events made of states: armed and disarmed, took off and landed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aviation.telemetry.record import EventKind, FloatArray, LogEvent, Series

_TEXT = {
    EventKind.ARMED: "Armed",
    EventKind.DISARMED: "Disarmed",
    EventKind.TAKEOFF: "Took off",
    EventKind.LANDING: "Landed",
}


def changes(time_s: FloatArray, values: FloatArray) -> Iterator[tuple[float, float]]:
    """Moment and new value of every change; the first value is none."""
    rows = np.flatnonzero(np.diff(values) != 0) + 1
    for row in rows:
        yield float(time_s[row]), float(values[row])


def state_events(is_armed: Series | None, is_flying: Series | None) -> Iterator[LogEvent]:
    """An event for every time the vehicle was armed or disarmed, took off or landed."""
    for series, begin, end in (
        (is_armed, EventKind.ARMED, EventKind.DISARMED),
        (is_flying, EventKind.TAKEOFF, EventKind.LANDING),
    ):
        if series is None:
            continue
        for time_s, value in changes(series.time_s, series.values):
            kind = begin if value else end
            yield LogEvent(time_s, kind, "", _TEXT[kind], source=series.source)
