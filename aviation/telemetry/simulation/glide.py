"""How an aeroplane comes down outside its mission: without thrust, or circling without a position.

Flown in the moving air: a bank angle turns the heading, airspeed and wind make the track.
"""

from __future__ import annotations

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.airframes import AEROPLANE, GRAVITY_MS2
from aviation.telemetry.simulation.grid import (
    STEP_S,
    derivative,
    index_at,
    integral,
    seconds,
    smooth,
    trailing_mean,
)
from aviation.telemetry.simulation.track import Diversion, Track
from aviation.telemetry.simulation.wind import Wind

_POWERED_SINK_MS = 2.0
_CIRCLING_BANK_RAD = np.radians(17.0)
_LEVEL_BELOW_M = 14.0
_FLARE_S = (3.0, 1.5)
_BRAKING_MS2 = 1.8
_TAIL_S = 6.0
_LONGEST_S = 400.0
_JOIN_S = (0.9, 0.5)


def glide_down(track: Track, wind: Wind, diversion: Diversion, side: float) -> Track:
    """``track`` up to the diversion, then the descent to the ground and the roll-out."""
    start = index_at(diversion.at_s)
    flight = _air_path(track, wind, diversion, side, start)
    rest_s = diversion.at_s + len(flight) * STEP_S
    tail = np.repeat(flight[-1:], index_at(_TAIL_S), axis=0)
    columns = np.concatenate([_columns(track)[:start], flight, tail])
    columns = smooth(columns, *_JOIN_S)
    modes = (*(change for change in track.modes if change[0] < diversion.at_s), *diversion.modes)
    return Track(columns[:, :3], columns[:, 3], modes, rest_s)


def _columns(track: Track) -> FloatArray:
    return np.concatenate([track.position_m, track.heading_rad[:, None]], axis=1)


def _air_path(
    track: Track, wind: Wind, diversion: Diversion, side: float, start: int
) -> FloatArray:
    """Rows of north, east, down, course from the diversion to standstill."""
    velocity = derivative(track.position_m[max(start - 50, 0) : start + 1])[-1]
    through_air = velocity[:2] - wind.mean_ms[:2]
    time_s = seconds(index_at(_LONGEST_S))
    airspeed = _airspeed(float(np.linalg.norm(through_air)), time_s)
    height = _height(-track.position_m[start, 2], airspeed, time_s, diversion)
    height = smooth(height, *_FLARE_S)
    down_for_good = int(np.argmax(height <= 0.02))
    bank = _bank(height, time_s, diversion, side)
    heading = np.arctan2(through_air[1], through_air[0]) + integral(
        GRAVITY_MS2 * np.tan(bank) / airspeed
    )
    ground = airspeed[:, None] * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    ground = _rolled_out(ground + wind.mean_ms[:2], down_for_good)
    place = track.position_m[start, :2] + integral(ground)
    return np.column_stack([place, -height[: len(place)], _course(track, start, ground)])


def _course(track: Track, start: int, ground: FloatArray) -> FloatArray:
    """Direction of travel, unwrapped onward from the track's own."""
    course = np.arctan2(ground[:, 1], ground[:, 0])
    moving = np.hypot(*ground.T) > 0.5
    course = course[np.maximum.accumulate(np.where(moving, np.arange(len(course)), 0))]
    result: FloatArray = np.unwrap(np.concatenate([[track.heading_rad[start]], course]))[1:]
    return result


def _airspeed(first_ms: float, time_s: FloatArray) -> FloatArray:
    """From the speed at the diversion to the best glide speed over some seconds."""
    result: FloatArray = AEROPLANE.glide_ms + (first_ms - AEROPLANE.glide_ms) * np.exp(-time_s / 5)
    return result


def _height(
    first_m: float, airspeed: FloatArray, time_s: FloatArray, diversion: Diversion
) -> FloatArray:
    if diversion.is_powered:
        sink = np.full(len(time_s), _POWERED_SINK_MS)
    else:
        sink = AEROPLANE.sink_ms(airspeed, np.ones(len(time_s)))
    sink = np.where(time_s < diversion.hold_s, 0.0, sink)
    # Speed given up is height won: an aeroplane that slows down sinks later.
    zoom = (airspeed[0] ** 2 - airspeed**2) / (2 * GRAVITY_MS2) * (not diversion.is_powered)
    result: FloatArray = np.maximum(first_m + zoom - integral(sink), 0.0)
    return result


def _bank(height: FloatArray, time_s: FloatArray, diversion: Diversion, side: float) -> FloatArray:
    """A circling turn, levelled before the ground; straight ahead without an engine."""
    circling = (height > _LEVEL_BELOW_M) & (time_s > 2.0) & diversion.is_powered
    wanted = np.where(circling, side * _CIRCLING_BANK_RAD, 0.0)
    result: FloatArray = trailing_mean(trailing_mean(wanted, 2.0), 1.0)
    return result


def _rolled_out(ground: FloatArray, touchdown: int) -> FloatArray:
    """Ground velocity with the wheels braking after the touchdown, up to the standstill."""
    speed = float(np.hypot(*ground[touchdown]))
    rolling = max(index_at(speed / _BRAKING_MS2), 1)
    fading = np.linspace(1.0, 0.0, rolling)[:, None] * ground[touchdown]
    return np.concatenate([ground[:touchdown], fading])
