"""A multirotor's mission: take-off, climb, hover, lawn-mower legs, hover, return, landing."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.grid import index_at, seconds, smooth
from aviation.telemetry.simulation.noise import stream
from aviation.telemetry.simulation.plan import FlightPlan
from aviation.telemetry.simulation.track import ENGINES_UP_S, Diversion, Mode, Track

_CLIMB_MS = 2.5
_SPEED_MS = 7.0
_DESCENT_MS = 1.6
_LANDING_MS = 0.7
_LANDING_HEIGHT_M = 5.0
_HOVER_S = 14.0
_TAIL_S = 7.0
_ROUNDING_S = (2.5, 1.2, 0.6)
"""Widths of the averages that turn corners into bounded acceleration, jerk and snap."""
_TURN_S = (3.0, 1.0)
_STRIP_SPACING_M = 18.0
_ROWS = 12


class Route:
    """Straight stretches flown one after the other, from the ground at home."""

    def __init__(self) -> None:
        self.knots = [(0.0, 0.0, 0.0, 0.0)]
        self.headings: list[tuple[float, float]] = []
        self.modes: list[tuple[float, Mode]] = [(0.0, Mode.HOLD)]

    @property
    def now_s(self) -> float:
        return self.knots[-1][0]

    @property
    def place_m(self) -> tuple[float, float, float]:
        """North, east, up."""
        return self.knots[-1][1:]

    def begin(self, mode: Mode) -> None:
        self.modes.append((self.now_s, mode))

    def wait(self, duration_s: float) -> None:
        self.knots.append((self.now_s + duration_s, *self.place_m))

    def fly_to(self, north_m: float, east_m: float, up_m: float, speed_ms: float) -> None:
        """Straight on to a point, turning the nose towards it first if it lies aside."""
        north, east, up = self.place_m
        aside = np.hypot(north_m - north, east_m - east)
        if aside > 2:
            self.headings.append((self.now_s, np.arctan2(east_m - east, north_m - north)))
        distance = np.hypot(aside, up_m - up)
        self.knots.append((self.now_s + distance / speed_ms, north_m, east_m, up_m))

    def descend(self, drift_ms: tuple[float, float] = (0.0, 0.0)) -> None:
        """Down to the ground, slowly over the last metres, drifting meanwhile."""
        for floor_m, sink_ms in ((_LANDING_HEIGHT_M, _DESCENT_MS), (0.0, _LANDING_MS)):
            north, east, up = self.place_m
            time_s = max(up - floor_m, 0.0) / sink_ms
            place = (north + drift_ms[0] * time_s, east + drift_ms[1] * time_s, min(up, floor_m))
            self.knots.append((self.now_s + time_s, *place))

    def cut(self, at_s: float) -> None:
        """Forget all that comes after ``at_s``."""
        times, *places = np.array(self.knots).T
        here = [float(np.interp(at_s, times, values)) for values in places]
        self.knots = [knot for knot in self.knots if knot[0] < at_s]
        self.knots.append((at_s, here[0], here[1], here[2]))
        self.headings = [turn for turn in self.headings if turn[0] < at_s]
        self.modes = [change for change in self.modes if change[0] < at_s]


def survey_track(plan: FlightPlan, diversion: Diversion | None) -> Track:
    """The mission over a field beside home, filling the plan's duration."""
    rng = stream(plan.seed, "mission")
    route = _mission(plan, rng)
    length_s = plan.duration_s
    if diversion is not None:
        _divert(route, diversion)
        length_s = route.now_s + _TAIL_S
    return _track(route, length_s, rng.uniform(-np.pi, np.pi))


def _mission(plan: FlightPlan, rng: np.random.Generator) -> Route:
    route = Route()
    height_m = min(rng.uniform(32, 48), 12 + 0.12 * plan.duration_s)
    route.wait(ENGINES_UP_S)
    route.begin(Mode.TAKEOFF)
    route.wait(sum(_ROUNDING_S) / 2)  # the averages begin to lift off that much earlier
    route.fly_to(0, 0, height_m, _CLIMB_MS)
    route.begin(Mode.MISSION)
    route.wait(_HOVER_S)
    _fly_strips(route, rng, plan.duration_s - _TAIL_S)
    route.wait(max(plan.duration_s - _TAIL_S - route.now_s - _way_home_s(route), 0.0))
    route.begin(Mode.RETURN)
    route.fly_to(0, 0, height_m, _SPEED_MS)
    route.wait(3.0)
    route.descend()
    return route


def _fly_strips(route: Route, rng: np.random.Generator, end_s: float) -> None:
    """Parallel strips to and fro for as long as the way home then still fits in."""
    along = rng.uniform(-np.pi, np.pi)
    length_m = min(rng.uniform(70, 110), (end_s - 60) * 0.8)
    axis = np.array([np.cos(along), np.sin(along)])
    aside = np.array([-axis[1], axis[0]])
    for number in range(200):
        # The ends of the strips follow a meander: out, across, back, across.
        along_m = length_m * (((number + 1) // 2) % 2)
        # A field of some rows is flown again and again, backwards every other time.
        row = abs((number // 2 + _ROWS) % (2 * _ROWS) - _ROWS)
        corner = (25 + along_m) * axis + row * _STRIP_SPACING_M * aside
        before = len(route.knots)
        route.fly_to(float(corner[0]), float(corner[1]), route.place_m[2], _SPEED_MS)
        if route.now_s + _way_home_s(route) > end_s:
            del route.knots[before:]
            route.headings.pop()
            return


def _way_home_s(route: Route) -> float:
    north, east, up = route.place_m
    landing_s = (up - _LANDING_HEIGHT_M) / _DESCENT_MS + _LANDING_HEIGHT_M / _LANDING_MS
    return float(np.hypot(north, east) / _SPEED_MS + 3.0 + landing_s)


def _divert(route: Route, diversion: Diversion) -> None:
    route.cut(diversion.at_s)
    route.modes.extend(diversion.modes)
    route.wait(3.0 + diversion.hold_s)
    route.descend(diversion.drift_ms)


def _track(route: Route, length_s: float, first_heading: float) -> Track:
    time_s = seconds(index_at(length_s))
    knot_times, *places = np.array(route.knots).T
    north, east, up = (np.interp(time_s, knot_times, values) for values in places)
    position = smooth(np.stack([north, east, -up], axis=1), *_ROUNDING_S)
    heading = _headings(time_s, route.headings, first_heading)
    return Track(position, heading, tuple(route.modes), route.now_s)


def _headings(
    time_s: FloatArray, turns: list[tuple[float, float]], first_heading: float
) -> FloatArray:
    """Each turn the shorter way round, at the rate an autopilot allows."""
    wanted = np.unwrap([first_heading, *(heading for _, heading in turns)])
    begun = np.searchsorted([start_s for start_s, _ in turns], time_s, side="right")
    return smooth(wanted[begun], *_TURN_S)
