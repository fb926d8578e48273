"""How the aircraft really moved: the track plus gusts, and the attitude its accelerations need.

The attitude is not invented beside the path but follows from it. A multirotor can only accelerate
where its thrust points; an aeroplane can only turn by banking. Both therefore tilt exactly as
much as the path, the wind and gravity demand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.airframes import AEROPLANE, GRAVITY_MS2, QUADROTOR
from aviation.telemetry.simulation.grid import derivative, smooth
from aviation.telemetry.simulation.noise import ComplexArray, coloured, respond, stream
from aviation.telemetry.simulation.plan import FlightPlan
from aviation.telemetry.simulation.rotation import body_rates, quaternion_of, to_body
from aviation.telemetry.simulation.track import Track
from aviation.telemetry.simulation.wind import Wind

GRAVITY = np.array([0.0, 0.0, GRAVITY_MS2])
_AIRBORNE_HEIGHT_M = 0.15
_DAMPING = 0.8
_POSITION_LOOP_RADS = {"multirotor": 1.3, "fixed_wing": 0.6}
_GUST_GRIP_PER_S = {"multirotor": QUADROTOR.drag_per_s, "fixed_wing": 0.22}
_ATTITUDE_LAG_S = {"multirotor": 0.06, "fixed_wing": 0.10}
_UNREST_DEG = {"multirotor": (0.35, 0.35, 0.25), "fixed_wing": (0.9, 0.5, 0.4)}
_UNREST_TIME_S = 0.25
_GROUND_PITCH_RAD = {"multirotor": 0.004, "fixed_wing": 0.02}


@dataclass(frozen=True, slots=True)
class Motion:
    """The true motion, one row per grid point, in north, east, down from home and body axes."""

    position_m: FloatArray
    velocity_ms: FloatArray
    attitude: FloatArray
    """Quaternion (n, 4)."""
    wanted_attitude: FloatArray
    """What the controller asked for."""
    airborne: FloatArray
    """0 on the ground, 1 in the air, in between while lifting off or settling."""
    air_velocity_ms: FloatArray
    """Velocity through the moving air, gusts included."""

    def __len__(self) -> int:
        return len(self.position_m)

    @property
    def height_m(self) -> FloatArray:
        return -self.position_m[:, 2]

    @property
    def acceleration_ms2(self) -> FloatArray:
        return derivative(self.velocity_ms)

    @property
    def specific_force_ms2(self) -> FloatArray:
        """What perfect accelerometers would feel, in body axes."""
        return to_body(self.attitude, self.acceleration_ms2 - GRAVITY)

    @property
    def rates_rads(self) -> FloatArray:
        """Angular velocity in body axes."""
        return body_rates(self.attitude)


def fly(plan: FlightPlan, track: Track, wind: Wind) -> Motion:
    """The motion of a healthy aircraft along ``track`` in ``wind``."""
    airborne = airborne_share(track.position_m)
    gusts = wind.gusts(len(airborne)) * airborne[:, None]
    # The share is smoothed once more, so that the ground catches the last sway gently.
    position = track.position_m + _blown_aside(plan, gusts) * smooth(airborne, 1.0)[:, None]
    velocity = derivative(position)
    through_air = velocity - wind.mean_ms * smooth(airborne, 2.0)[:, None]
    orientation = _multirotor_euler if plan.vehicle == "multirotor" else _aeroplane_euler
    euler = orientation(track, derivative(velocity), through_air, gusts, airborne)
    wanted, actual = _tracked(plan, euler, airborne)
    return Motion(
        position,
        velocity,
        quaternion_of(actual),
        quaternion_of(wanted),
        airborne,
        through_air - gusts,
    )


def airborne_share(position_m: FloatArray) -> FloatArray:
    """0 on the ground, 1 in the air, with smooth changes about the lift-off and the touchdown."""
    return smooth((-position_m[:, 2] > _AIRBORNE_HEIGHT_M).astype(float), 0.8, 0.4)


def _blown_aside(plan: FlightPlan, gusts: FloatArray) -> FloatArray:
    """How far gusts move the aircraft before its position loop brings it back."""
    grip, omega = _GUST_GRIP_PER_S[plan.vehicle], _POSITION_LOOP_RADS[plan.vehicle]

    def loop(s: ComplexArray) -> ComplexArray:
        return grip / (s**2 + 2 * _DAMPING * omega * s + omega**2)

    return respond(gusts, loop)


def _multirotor_euler(
    track: Track,
    acceleration: FloatArray,
    through_air: FloatArray,
    gusts: FloatArray,
    airborne: FloatArray,
) -> FloatArray:
    """Tilt the thrust along acceleration minus gravity and drag, nose along the heading."""
    drag = -QUADROTOR.drag_per_s * (through_air - gusts) * airborne[:, None]
    thrust = (acceleration - drag) * airborne[:, None] - GRAVITY
    down = -thrust / np.linalg.norm(thrust, axis=1, keepdims=True)
    cosine, sine = np.cos(track.heading_rad), np.sin(track.heading_rad)
    forward, right = (
        down[:, 0] * cosine + down[:, 1] * sine,
        down[:, 1] * cosine - down[:, 0] * sine,
    )
    roll = -np.arcsin(np.clip(right, -1, 1))
    pitch = np.arctan2(forward, down[:, 2])
    return np.stack([roll, pitch + _GROUND_PITCH_RAD["multirotor"], track.heading_rad], axis=1)


def _aeroplane_euler(
    track: Track,
    acceleration: FloatArray,
    through_air: FloatArray,
    gusts: FloatArray,  # noqa: ARG001 - the aeroplane meets gusts as a change of airspeed only
    airborne: FloatArray,
) -> FloatArray:
    """Bank for the turn, pitch for climb and lift, nose into the air that flows past."""
    speed = np.maximum(np.linalg.norm(through_air, axis=1), 8.0)
    crab = np.arctan2(through_air[:, 1], through_air[:, 0]) - track.heading_rad
    crab = (crab + np.pi) % (2 * np.pi) - np.pi
    heading = track.heading_rad + crab * airborne
    sideways = acceleration[:, 1] * np.cos(heading) - acceleration[:, 0] * np.sin(heading)
    upward = GRAVITY_MS2 - acceleration[:, 2]
    roll = np.arctan2(sideways, upward) * airborne
    load = np.hypot(sideways, upward) / GRAVITY_MS2
    incidence = 0.07 * load * (AEROPLANE.cruise_ms / np.maximum(speed, 12.0)) ** 2 - 0.01
    climb = np.arcsin(np.clip(-through_air[:, 2] / speed, -0.5, 0.5))
    in_flight = climb + np.clip(incidence, -0.05, 0.2)
    pitch = airborne * in_flight + (1 - airborne) * _GROUND_PITCH_RAD["fixed_wing"]
    # Only the slow part of a demand reaches the wings; the rest is felt as a bump.
    return smooth(np.stack([roll, pitch, heading], axis=1), 0.5, 0.3)


def _tracked(
    plan: FlightPlan, euler: FloatArray, airborne: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The controller's demand, ahead of the response by its lag, and the response with unrest."""
    wanted = euler + _ATTITUDE_LAG_S[plan.vehicle] * derivative(smooth(euler, 0.1))
    rng = stream(plan.seed, "attitude")
    unrest = coloured(rng, euler.shape, _UNREST_TIME_S, 1.0)
    unrest *= np.radians(_UNREST_DEG[plan.vehicle]) * airborne[:, None]
    return wanted, euler + unrest
