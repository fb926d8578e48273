"""When the aircraft was armed and in the air, and the figures of the flight.

The autopilot's own word counts first; only where it says nothing is flight told from motion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.record import FlightRecord, FloatArray, Series, VehicleType

Interval = tuple[float, float]

EARTH_RADIUS_M = 6_371_000.0

MIN_FLIGHT_S = 5.0
"""A shorter stretch in the air is a flight only if the aircraft rose by ``MIN_RISE_M``: land
detectors call an aircraft that is shaken on the bench "in the air" for a second or two."""
MIN_RISE_M = 1.0

FLYING_HEIGHT_M = 3.0
"""Told from motion, an aircraft this far above where it stood is in the air ..."""
FLYING_SPEED_MS = 10.0
"""... and so is one that moves faster than it would taxi."""
FLYING_THROTTLE_PERCENTAGE = 15.0
"""Last resort, without height or speed: armed and with this much throttle."""
MOTION_RATE_HZ = 2.0
MERGE_GAP_S = 5.0

BY_AUTOPILOT = "the autopilot's own record of being in the air"
BY_MOTION = "height and ground speed, as the log does not say when it flew"
BY_THROTTLE = "arming and throttle, as the log holds neither height nor speed"
NEVER_ARMED = "the log says that it was never armed"
NOTHING_TELLS = "nothing in the log tells whether it flew"


@dataclass(frozen=True, slots=True)
class FlightPhases:
    """Stretches (start_s, end_s) on the boot clock, in order, without overlap."""

    armed: tuple[Interval, ...]
    flying: tuple[Interval, ...]
    source: str
    """What the stretches in the air were told from, in words that end a sentence."""
    begins_in_flight: bool = False
    ends_in_flight: bool = False

    @property
    def has_flight(self) -> bool:
        return bool(self.flying)

    @property
    def takeoff_s(self) -> float | None:
        """The begin of the first stretch in the air; the log's, where it begins in flight."""
        return self.flying[0][0] if self.flying else None

    @property
    def landing_s(self) -> float | None:
        """The end of the last stretch in the air; the log's, where it ends in flight."""
        return self.flying[-1][1] if self.flying else None

    @property
    def flight_time_s(self) -> float:
        return float(sum(end_s - start_s for start_s, end_s in self.flying))


def find_phases(record: FlightRecord) -> FlightPhases:
    """The armed and flying stretches of a record."""
    is_armed, is_flying = record.series.get("is_armed"), record.series.get("is_flying")
    armed = _stretches(is_armed, record.end_s)
    if is_flying is not None:
        stretches, source = _stretches(is_flying, record.end_s), BY_AUTOPILOT
    elif is_armed is not None and not armed:
        stretches, source = (), NEVER_ARMED
    else:
        stretches, source = _flying_by_motion(record, armed)
    flying = tuple(stretch for stretch in stretches if _is_flight(record, stretch))
    return FlightPhases(
        armed=armed,
        flying=flying,
        source=source,
        begins_in_flight=bool(flying) and _begins_in(is_flying, flying[0], record),
        ends_in_flight=bool(flying) and flying[-1][1] >= record.end_s,
    )


def _begins_in(is_flying: Series | None, first: Interval, record: FlightRecord) -> bool:
    begin_s = record.start_s if is_flying is None else float(is_flying.time_s[0])
    return first[0] <= begin_s


def _stretches(state: Series | None, end_s: float) -> tuple[Interval, ...]:
    """The stretches in which a state is on; the last value holds until ``end_s``."""
    if state is None:
        return ()
    return _intervals(state.values > 0.5, np.append(state.time_s, max(end_s, state.time_s[-1])))


def _intervals(is_on: NDArray[np.bool_], edges_s: FloatArray) -> tuple[Interval, ...]:
    """Runs of True as times; the n flags hold between the n + 1 edges."""
    padded = np.concatenate(([False], is_on, [False])).astype(np.int8)
    steps = np.flatnonzero(np.diff(padded))
    return tuple(
        (float(edges_s[start]), float(edges_s[stop]))
        for start, stop in zip(steps[::2], steps[1::2], strict=True)
    )


def _is_flight(record: FlightRecord, stretch: Interval) -> bool:
    if stretch[1] - stretch[0] >= MIN_FLIGHT_S:
        return True
    height = record.series.get("height_m") or record.series.get("altitude_m")
    part = height.between(*stretch) if height is not None else None
    return part is not None and float(np.ptp(part.values)) >= MIN_RISE_M


def _flying_by_motion(
    record: FlightRecord, armed: tuple[Interval, ...]
) -> tuple[tuple[Interval, ...], str]:
    count = int(min(record.duration_s * MOTION_RATE_HZ, 1e6)) + 1
    time_s = np.linspace(record.start_s, record.end_s, count + 1)
    moves, source = _moves_at(record, time_s[:-1])
    if armed:
        moves &= _is_within(time_s[:-1], armed)
    return _merged(_intervals(moves, time_s)), source


def _moves_at(record: FlightRecord, time_s: FloatArray) -> tuple[NDArray[np.bool_], str]:
    """Whether the aircraft moves as only one in the air does; never for a rover."""
    height = record.series.get("height_m") or record.series.get("altitude_m")
    speed = record.series.get("ground_speed_ms")
    throttle = record.series.get("throttle_percentage")
    moves = np.zeros(time_s.shape, dtype=bool)
    if record.vehicle_type is VehicleType.ROVER:
        return moves, NOTHING_TELLS
    if height is not None:
        ground_m = float(np.percentile(height.values, 5))
        moves |= height.at(time_s) - ground_m > FLYING_HEIGHT_M
    if speed is not None:
        moves |= speed.at(time_s) > FLYING_SPEED_MS
    if height is not None or speed is not None:
        return moves, BY_MOTION
    if throttle is not None and "is_armed" in record.series:
        return throttle.at(time_s) > FLYING_THROTTLE_PERCENTAGE, BY_THROTTLE
    return moves, NOTHING_TELLS


def _is_within(time_s: FloatArray, stretches: tuple[Interval, ...]) -> NDArray[np.bool_]:
    """Which times lie in one of the stretches, which are in order and do not overlap."""
    if not stretches:
        return np.zeros(time_s.shape, dtype=bool)
    starts_s, ends_s = np.array(stretches).T
    last = np.searchsorted(starts_s, time_s, side="right") - 1
    is_within: NDArray[np.bool_] = (last >= 0) & (time_s <= ends_s[np.maximum(last, 0)])
    return is_within


def _merged(stretches: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """Stretches that only a short pause parts are one."""
    merged: list[Interval] = []
    for start_s, end_s in stretches:
        if merged and start_s - merged[-1][1] < MERGE_GAP_S:
            merged[-1] = merged[-1][0], end_s
        else:
            merged.append((start_s, end_s))
    return tuple(merged)


@dataclass(frozen=True, slots=True)
class Track:
    """Positions in order of time, all arrays of shape (n,); n may be 0."""

    time_s: FloatArray
    latitude: FloatArray
    longitude: FloatArray

    def within(self, stretches: tuple[Interval, ...]) -> Track:
        keep = _is_within(self.time_s, stretches)
        return Track(self.time_s[keep], self.latitude[keep], self.longitude[keep])


def track_of(record: FlightRecord) -> Track:
    """The moments at which both latitude and longitude are known."""
    latitude, longitude = record.series.get("latitude"), record.series.get("longitude")
    if latitude is None or longitude is None:
        return Track(np.empty(0), np.empty(0), np.empty(0))
    if latitude.time_s is longitude.time_s:
        return Track(latitude.time_s, latitude.values, longitude.values)
    time_s, in_latitude, in_longitude = np.intersect1d(
        latitude.time_s, longitude.time_s, assume_unique=True, return_indices=True
    )
    return Track(time_s, latitude.values[in_latitude], longitude.values[in_longitude])


def distance_m(record: FlightRecord, phases: FlightPhases | None = None) -> float:
    """The way over ground; with ``phases`` only that flown, stretch by stretch.

    Measured once a second: summing every sample would add the receiver's noise up.
    """
    track = track_of(record)
    stretches = ((record.start_s, record.end_s),) if phases is None else phases.flying
    return float(sum(_way_m(track.within((stretch,))) for stretch in stretches))


def _way_m(track: Track) -> float:
    if track.time_s.size < 2:
        return 0.0
    _, rows = np.unique(np.floor(track.time_s), return_index=True)
    rows = np.union1d(rows, [0, track.time_s.size - 1])
    steps_m = ground_distance_m(
        track.latitude[rows[:-1]],
        track.longitude[rows[:-1]],
        track.latitude[rows[1:]],
        track.longitude[rows[1:]],
    )
    return float(steps_m.sum())


def ground_distance_m(
    latitude: FloatArray | float,
    longitude: FloatArray | float,
    to_latitude: FloatArray | float,
    to_longitude: FloatArray | float,
) -> FloatArray:
    """Great-circle distances between positions in degrees (haversine formula)."""
    here, there = np.radians(latitude), np.radians(to_latitude)
    turn = np.radians(np.subtract(to_longitude, longitude))
    half = np.sin((there - here) / 2) ** 2 + np.cos(here) * np.cos(there) * np.sin(turn / 2) ** 2
    arc: FloatArray = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return arc


@dataclass(frozen=True, slots=True)
class Position:
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class FlightFigures:
    """The figures of the flying stretches; None where nothing measured it or nothing flew."""

    flight_time_s: float
    home: Position | None
    """Where it took off, or was first seen in the air."""
    destination: Position | None
    """Where it landed, or was last seen."""
    distance_m: float | None
    max_home_distance_m: float | None
    max_height_m: float | None
    max_altitude_m: float | None
    max_ground_speed_ms: float | None


def flight_figures(record: FlightRecord, phases: FlightPhases) -> FlightFigures:
    track = track_of(record).within(phases.flying)
    has_track = bool(track.time_s.size)
    return FlightFigures(
        flight_time_s=phases.flight_time_s,
        home=Position(float(track.latitude[0]), float(track.longitude[0])) if has_track else None,
        destination=(
            Position(float(track.latitude[-1]), float(track.longitude[-1])) if has_track else None
        ),
        distance_m=distance_m(record, phases) if has_track else None,
        max_home_distance_m=_farthest_m(track) if has_track else None,
        max_height_m=_highest(record, "height_m", phases),
        max_altitude_m=_highest(record, "altitude_m", phases),
        max_ground_speed_ms=_highest(record, "ground_speed_ms", phases),
    )


def _farthest_m(track: Track) -> float:
    distances_m = ground_distance_m(
        track.latitude[0], track.longitude[0], track.latitude, track.longitude
    )
    return float(distances_m.max())


def _highest(record: FlightRecord, channel: str, phases: FlightPhases) -> float | None:
    """The largest value of a channel while in the air."""
    series = record.series.get(channel)
    if series is None:
        return None
    values = series.values[_is_within(series.time_s, phases.flying)]
    return float(values.max()) if values.size else None
