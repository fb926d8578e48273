"""PX4: the satellite receiver, the position it leads to, and the UTC of boot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.formats.clock import boot_moment
from aviation.telemetry.formats.draft import Draft
from aviation.telemetry.formats.times import BoolArray
from aviation.telemetry.formats.ulog_messages import Messages, Px4Log
from aviation.telemetry.record import ClockSource, FloatArray

GOOD_FIX = 3
"""A three-dimensional fix or better."""
_MIN_SHARE = 0.8
"""The estimator's position is drawn when it covers this share of the receiver's time with a fix."""

_RECEIVER_CHANNELS = (
    ("gps_satellites", "satellites_used"),
    ("gps_hdop", "hdop"),
    ("gps_horizontal_accuracy_m", "eph"),
    ("gps_vertical_accuracy_m", "epv"),
    ("gps_speed_accuracy_ms", "s_variance_m_s"),
    ("gps_jamming", "jamming_indicator"),
)


@dataclass(frozen=True, slots=True)
class _Track:
    """A position over time, at the moments it is known."""

    source: str
    time_s: FloatArray
    latitude: FloatArray
    longitude: FloatArray
    altitude_m: FloatArray

    def span_s(self) -> float:
        return float(self.time_s[-1] - self.time_s[0])


def add_receiver(log: Px4Log, draft: Draft) -> None:
    """The receiver's own figures and the clock; nothing where no receiver ever saw a satellite."""
    messages = _receiver(log)
    fix_type = messages and messages.values("fix_type")
    if messages is None or fix_type is None or _is_silent(messages, fix_type):
        return
    draft.add("gps_fix_type", messages.time_s, fix_type, messages.source("fix_type"))
    for channel, field in _RECEIVER_CHANNELS:
        draft.add(channel, messages.time_s, messages.values(field), messages.source(field))
    _set_clock(messages, fix_type >= GOOD_FIX, draft)


def _receiver(log: Px4Log) -> Messages | None:
    return log.messages("vehicle_gps_position") or log.messages("sensor_gps")


def _is_silent(messages: Messages, fix_type: FloatArray) -> bool:
    satellites = messages.values("satellites_used")
    return not (fix_type > 1).any() and (satellites is None or not satellites.any())


def _set_clock(messages: Messages, is_good: BoolArray, draft: Draft) -> None:
    utc_us = messages.values("time_utc_usec")
    if utc_us is None:
        return
    moment = boot_moment(messages.time_s[is_good], utc_us[is_good] * 1e-6)
    if moment is not None:
        draft.boot_at, draft.clock_uncertainty_s = moment.at, moment.uncertainty_s
        draft.clock_source = ClockSource.GPS


def add_position(log: Px4Log, draft: Draft) -> None:
    """The estimator's position where it has one for most of the flight, else the receiver's."""
    receiver, estimator = _receiver_track(log), _estimator_track(log)
    track = receiver
    if estimator and (not receiver or estimator.span_s() >= _MIN_SHARE * receiver.span_s()):
        track = estimator
    if track is not None:
        draft.add("latitude", track.time_s, track.latitude, f"{track.source}.lat")
        draft.add("longitude", track.time_s, track.longitude, f"{track.source}.lon")
        draft.add("altitude_m", track.time_s, track.altitude_m, f"{track.source}.alt")
    messages = _receiver(log)
    if messages is not None:
        _add_velocity(messages, draft)


def _estimator_track(log: Px4Log) -> _Track | None:
    messages = log.messages("vehicle_global_position")
    position = messages and messages.vector("lat", "lon", "alt")
    if not messages or not position:
        return None
    for flag, rows in (("lat_lon_valid", (0, 1)), ("alt_valid", (2,))):
        is_valid = messages.values(flag)
        if is_valid is not None:
            for row in rows:
                position[row] = np.where(is_valid > 0, position[row], np.nan)
    return _track(messages, position)


def _receiver_track(log: Px4Log) -> _Track | None:
    messages = _receiver(log)
    fix_type = messages and messages.values("fix_type")
    if messages is None or fix_type is None:
        return None
    position = messages.vector("latitude_deg", "longitude_deg", "altitude_msl_m")
    if position is None:
        integers = messages.vector("lat", "lon", "alt")  # 1e-7 degrees and millimetres
        if integers is None:
            return None
        position = [integers[0] * 1e-7, integers[1] * 1e-7, integers[2] * 1e-3]
    has_fix = fix_type >= GOOD_FIX - 1
    return _track(messages, [np.where(has_fix, part, np.nan) for part in position])


def _track(messages: Messages, position: list[FloatArray]) -> _Track | None:
    latitude, longitude, altitude_m = position
    known = np.isfinite(latitude) & np.isfinite(longitude)
    known &= (latitude != 0.0) | (longitude != 0.0)  # 0, 0 is a receiver's "nowhere"
    if not known.any():
        return None
    return _Track(
        messages.topic.name,
        messages.time_s[known],
        latitude[known],
        longitude[known],
        altitude_m[known],
    )


def _add_velocity(messages: Messages, draft: Draft) -> None:
    """The receiver's speeds, for logs without a local position."""
    fix_type = messages.values("fix_type")
    for channel, field, sign in (
        ("ground_speed_ms", "vel_m_s", 1.0),
        ("vertical_speed_ms", "vel_d_m_s", -1.0),
    ):
        values = messages.values(field)
        if values is not None and fix_type is not None:
            known = np.where(fix_type >= GOOD_FIX - 1, sign * values, np.nan)
            draft.add(channel, messages.time_s, known, messages.source(field))
