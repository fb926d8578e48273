"""ArduPilot: the satellite receiver, the position it leads to, and the UTC of boot."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.formats.clock import boot_moment, utc_of_gps
from aviation.telemetry.formats.dataflash_messages import ArduLog, Messages
from aviation.telemetry.formats.draft import Draft
from aviation.telemetry.record import ClockSource, FloatArray

GOOD_FIX = 3
"""A three-dimensional fix or better."""
_MIN_SHARE = 0.8
"""The estimator's position is drawn when it covers this share of the receiver's time with a fix."""


def add_receiver(log: ArduLog, draft: Draft) -> None:
    """The receiver's own figures and the clock; nothing where no receiver ever saw a satellite."""
    messages = log.messages("GPS")
    fix_type = messages and messages.values("Status")
    if messages is None or fix_type is None or _is_silent(messages, fix_type):
        return
    draft.add("gps_fix_type", messages.time_s, fix_type, messages.source("Status"))
    for channel, column in (("gps_satellites", "NSats"), ("gps_hdop", "HDop")):
        draft.add(channel, messages.time_s, messages.values(column), messages.source(column))
    for name in ("GPA", "UBX3"):
        _add_accuracy(log.messages(name), draft)
    _set_clock(messages, fix_type, draft)


def _is_silent(messages: Messages, fix_type: FloatArray) -> bool:
    satellites = messages.values("NSats")
    return not (fix_type > 1).any() and (satellites is None or not satellites.any())


def _add_accuracy(messages: Messages | None, draft: Draft) -> None:
    if messages is None:
        return
    for channel, columns in (
        ("gps_horizontal_accuracy_m", ("HAcc", "hAcc")),
        ("gps_vertical_accuracy_m", ("VAcc", "vAcc")),
        ("gps_speed_accuracy_ms", ("SAcc", "sAcc")),
    ):
        values = messages.values(*columns)
        draft.add(channel, messages.time_s, values, messages.source(columns[0]))


def _set_clock(messages: Messages, fix_type: FloatArray, draft: Draft) -> None:
    week = messages.values("GWk", "Week")
    week_ms = messages.values("GMS", "TimeMS")
    if week is None or week_ms is None:
        return
    is_good = (fix_type >= GOOD_FIX) & (week > 0)
    utc_s = utc_of_gps(week[is_good], week_ms[is_good] * 1e-3)
    moment = boot_moment(messages.time_s[is_good], utc_s)
    if moment is not None:
        draft.boot_at, draft.clock_uncertainty_s = moment.at, moment.uncertainty_s
        draft.clock_source = ClockSource.GPS


def add_position(log: ArduLog, draft: Draft) -> None:
    """The estimator's position where it has one for most of the flight, else the receiver's."""
    receiver, estimator = log.messages("GPS"), log.messages("POS")
    fixed_s = _fixed_span_s(receiver)
    if estimator and estimator.time_s[-1] - estimator.time_s[0] >= _MIN_SHARE * fixed_s:
        _add_track(estimator, None, draft)
    if receiver is not None:
        fix_type = receiver.values("Status")
        _add_track(receiver, fix_type, draft)
        for channel, column, sign in (
            ("ground_speed_ms", "Spd", 1.0),
            ("vertical_speed_ms", "VZ", -1.0),
        ):
            values = receiver.values(column)
            known = None if values is None else _with_fix(sign * values, fix_type)
            draft.add(channel, receiver.time_s, known, receiver.source(column))


def _fixed_span_s(receiver: Messages | None) -> float:
    fix_type = receiver and receiver.values("Status")
    if receiver is None or fix_type is None or not (fix_type >= GOOD_FIX).any():
        return 0.0
    fixed = receiver.time_s[fix_type >= GOOD_FIX]
    return float(fixed[-1] - fixed[0])


def _add_track(messages: Messages, fix_type: FloatArray | None, draft: Draft) -> None:
    position = messages.vector("Lat", "Lng", "Alt")
    if position is None:
        return
    known = np.isfinite(position[0]) & ((position[0] != 0.0) | (position[1] != 0.0))
    if fix_type is not None:
        known &= fix_type >= GOOD_FIX - 1  # without a fix the last position stands still
    if not known.any():
        return
    time_s = messages.time_s[known]
    for channel, column, values in zip(
        ("latitude", "longitude", "altitude_m"), ("Lat", "Lng", "Alt"), position, strict=True
    ):
        draft.add(channel, time_s, values[known], messages.source(column))


def _with_fix(values: FloatArray, fix_type: FloatArray | None) -> FloatArray:
    return values if fix_type is None else np.where(fix_type >= GOOD_FIX - 1, values, np.nan)
