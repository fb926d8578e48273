"""A fixed wing's mission: runway take-off, climb, circuit with loiter circles, final, landing.

The path over ground is drawn first, as straight legs and turns; the speed along it follows from
the airspeed and the wind. So positions, speeds, heading and bank angle all agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.airframes import AEROPLANE
from aviation.telemetry.simulation.glide import glide_down
from aviation.telemetry.simulation.grid import box_smooth, index_at, seconds, smooth
from aviation.telemetry.simulation.noise import stream
from aviation.telemetry.simulation.plan import FlightPlan
from aviation.telemetry.simulation.track import ENGINES_UP_S, Diversion, Mode, Track
from aviation.telemetry.simulation.wind import Wind

_SPACING_M = 0.5
_RADIUS_M = 100.0
_ROLL_IN_M = (40.0, 20.0)
_UPWIND_M = 330.0
_CROSSWIND_M = 60.0
_FINAL_M = 330.0
_STOP_M = 130.0
"""The aircraft comes to rest this far along the runway."""
_ROLLOUT_M = 70.0
_LIFT_OFF_M = 55.0
_CLIMB_SLOPE = np.tan(np.radians(7.0))
_FINAL_SLOPE = np.tan(np.radians(4.5))
_THRUST_MS2 = 2.4
_BRAKING_MS2 = 1.6
_APPROACH_MS = 15.5
_TOUCHDOWN_MS = 14.0
_TAIL_S = 6.0
_LONGEST_STRETCH_M = 400.0
_ROUNDING_S = (0.8, 0.5)


@dataclass(frozen=True, slots=True)
class _GroundPath:
    """A line on the ground by distance: place (n, 2) from home and course (n,) unwrapped."""

    place_m: FloatArray
    course_rad: FloatArray

    @property
    def length_m(self) -> float:
        return (len(self.course_rad) - 1) * _SPACING_M

    @property
    def distance_m(self) -> FloatArray:
        return np.arange(len(self.course_rad), dtype=np.float64) * _SPACING_M


def circuit_track(plan: FlightPlan, wind: Wind, diversion: Diversion | None) -> Track:
    """The circuit, as many loiter circles as fill the duration, and the landing at home."""
    rng = stream(plan.seed, "mission")
    runway_rad = wind.direction_rad + np.pi + rng.uniform(-0.3, 0.3)
    side = 1.0 if rng.random() < 0.5 else -1.0
    height_m = min(rng.uniform(60, 95), 45 + 0.1 * (plan.duration_s - 160))
    path = _filling_path(plan, wind, runway_rad, side, height_m)
    time_s = _times(path, wind, height_m) + ENGINES_UP_S
    track = _flown(plan, path, time_s, height_m)
    if diversion is not None:
        return glide_down(track, wind, diversion, side)
    return track


def _filling_path(
    plan: FlightPlan, wind: Wind, runway_rad: float, side: float, height_m: float
) -> _GroundPath:
    """Circles for the bulk of the spare time, longer legs for the rest."""
    available_s = plan.duration_s - ENGINES_UP_S - _TAIL_S

    def spare_s(circles: int, stretch_m: float) -> float:
        path = _circuit(runway_rad, side, circles, stretch_m)
        return available_s - float(_times(path, wind, height_m)[-1])

    bare_s = spare_s(0, 0.0)
    circle_s = bare_s - spare_s(1, 0.0)
    metre_s = (bare_s - spare_s(0, 100.0)) / 100.0
    circles = max(int((bare_s - 0.3 * metre_s * _LONGEST_STRETCH_M) / circle_s), 0)
    stretch_m = np.clip(spare_s(circles, 0.0) / metre_s, 0.0, _LONGEST_STRETCH_M)
    return _circuit(runway_rad, side, circles, float(stretch_m))


def _circuit(runway_rad: float, side: float, circles: int, stretch_m: float) -> _GroundPath:
    """A rectangular circuit whose downwind leg is as long as the landing on the runway needs."""
    quarter = side * np.pi / 2
    upwind_circles, downwind_circles = circles // 2, circles - circles // 2

    def drawn(downwind_m: float) -> _GroundPath:
        return _draw(
            runway_rad,
            [
                (_UPWIND_M + stretch_m, -4 * quarter * upwind_circles),
                (_CROSSWIND_M, quarter),
                (_CROSSWIND_M, quarter),
                (downwind_m / 2, 4 * quarter * downwind_circles),
                (downwind_m / 2, quarter),
                (_CROSSWIND_M, quarter),
                (_FINAL_M, 0.0),
            ],
        )

    guess_m = _UPWIND_M + stretch_m + _FINAL_M
    axis = np.array([np.cos(runway_rad), np.sin(runway_rad)])
    beyond_m = float(drawn(guess_m).place_m[-1] @ axis) - _STOP_M
    return drawn(guess_m + beyond_m)


def _draw(course_rad: float, legs: list[tuple[float, float]]) -> _GroundPath:
    """Straight legs, each followed by a turn through an angle (right positive), rolled into."""
    curvature = np.concatenate(
        [
            np.full(round(length / _SPACING_M), value)
            for straight_m, angle in legs
            for length, value in (
                (straight_m, 0.0),
                (abs(angle) * _RADIUS_M, np.sign(angle) / _RADIUS_M),
            )
        ]
    )
    for width_m in _ROLL_IN_M:
        curvature = box_smooth(curvature, round(width_m / _SPACING_M))
    course = course_rad + np.cumsum(curvature) * _SPACING_M
    steps = np.stack([np.cos(course), np.sin(course)], axis=1) * _SPACING_M
    return _GroundPath(np.cumsum(steps, axis=0) - steps[0], course)


def _height(path: _GroundPath, cruise_m: float) -> FloatArray:
    distance = path.distance_m
    climb = (distance - _LIFT_OFF_M) * _CLIMB_SLOPE
    approach = (path.length_m - _ROLLOUT_M - distance) * _FINAL_SLOPE
    height = np.clip(np.minimum(climb, approach), 0.0, cruise_m)
    return box_smooth(box_smooth(height, round(50 / _SPACING_M)), round(25 / _SPACING_M))


def _times(path: _GroundPath, wind: Wind, cruise_m: float) -> FloatArray:
    """Seconds from brake release to each point of the path.

    Speed squared grows evenly on the runway, so the mean of neighbouring speeds is exact there
    and the standing start needs no special case.
    """
    to_go = path.length_m - path.distance_m
    descent_m = cruise_m / _FINAL_SLOPE
    airspeed = np.interp(
        to_go,
        [_ROLLOUT_M, _ROLLOUT_M + _FINAL_M * 0.6, _ROLLOUT_M + descent_m + 60],
        [_TOUCHDOWN_MS, _APPROACH_MS, AEROPLANE.cruise_ms],
    )
    speed = np.minimum(_ground_speed(path.course_rad, airspeed, wind), _roll_speed(path))
    steps = _SPACING_M / ((speed[1:] + speed[:-1]) / 2)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _roll_speed(path: _GroundPath) -> FloatArray:
    """The speed that acceleration and brakes allow near the ends of the path."""
    start = np.sqrt(2 * _THRUST_MS2 * path.distance_m)
    stop = np.sqrt(2 * _BRAKING_MS2 * (path.length_m - path.distance_m))
    return np.minimum(start, stop)


def _ground_speed(course_rad: FloatArray, airspeed_ms: FloatArray, wind: Wind) -> FloatArray:
    """The wind triangle: crabbing holds the course, what remains adds to the tailwind."""
    off_tail = wind.direction_rad - course_rad
    strength = float(np.linalg.norm(wind.mean_ms))
    result: FloatArray = strength * np.cos(off_tail) + np.sqrt(
        airspeed_ms**2 - (strength * np.sin(off_tail)) ** 2
    )
    return result


def _flown(plan: FlightPlan, path: _GroundPath, time_s: FloatArray, cruise_m: float) -> Track:
    grid = seconds(index_at(plan.duration_s))
    along = np.interp(grid, time_s, path.distance_m)
    columns = (*path.place_m.T, -_height(path, cruise_m), path.course_rad)
    north, east, down, course = (np.interp(along, path.distance_m, column) for column in columns)
    position = smooth(np.stack([north, east, down], axis=1), *_ROUNDING_S)
    modes = _modes(path, time_s, cruise_m)
    return Track(position, smooth(course, *_ROUNDING_S), modes, float(time_s[-1]))


def _modes(
    path: _GroundPath, time_s: FloatArray, cruise_m: float
) -> tuple[tuple[float, Mode], ...]:
    height = _height(path, cruise_m)
    level = np.flatnonzero(height > 0.95 * height.max())
    return (
        (0.0, Mode.HOLD),
        (ENGINES_UP_S, Mode.TAKEOFF),
        (float(time_s[level[0]]), Mode.MISSION),
        (float(time_s[level[-1]]), Mode.LAND),
    )
