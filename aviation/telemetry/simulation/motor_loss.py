"""A quadrotor that loses a motor: rigid body dynamics from the failure to the impact.

Here the inverse way of motion.py (path first, attitude from it) fails, as nothing holds the path
any more. So the few seconds of the fall are integrated step by step: an attitude controller that
does not know of the failure, saturating motors, gravity and drag.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.airframes import QUADROTOR
from aviation.telemetry.simulation.grid import STEP_S, index_at, seconds
from aviation.telemetry.simulation.motion import GRAVITY, Motion
from aviation.telemetry.simulation.noise import stream
from aviation.telemetry.simulation.plan import Fault, FlightPlan
from aviation.telemetry.simulation.rotation import euler_of, quaternion_of
from aviation.telemetry.simulation.wind import Wind

_SUBSTEPS = 2
_GENTLE_STOP_S, _SUDDEN_STOP_S = 0.35, 0.05
"""Time constants with which a motor runs down, at severity 0 and 1."""
_LONGEST_FALL_S = 40.0
_REST_S = 6.0
_ATTITUDE_GAIN = 6.0
_RATE_GAIN = 14.0
_RATE_LIMIT_RADS = 3.8
_CLIMB_GAIN = 1.5
_YAW_LIMIT_NM = 0.1
"""Turning counts least, and a propeller's drag is a weak lever."""
_MOTOR_LAG_S = 0.05
_LEAST_THRUST_N = 0.3
_SPIN_DAMPING = np.array([0.06, 0.06, 0.045])
_SETTLE_S = 0.25
_IMPACT_S = 0.035


@dataclass(frozen=True, slots=True)
class Fall:
    """A motion that ends in a crash, with what each motor was told and what it did."""

    motion: Motion
    fault: Fault
    failed_motor: int
    """From 0."""
    impact_s: float
    wanted_thrust_n: FloatArray
    thrust_n: FloatArray
    """Both (m, 4), from the failure to the impact."""


@dataclass(slots=True)
class _Body:
    position: FloatArray
    velocity: FloatArray
    attitude: FloatArray
    rates: FloatArray
    thrust: FloatArray


def lose_motor(plan: FlightPlan, fault: Fault, healthy: Motion, wind: Wind) -> Fall:
    """``healthy`` up to the fault, then the fall and the rest on the ground."""
    start = index_at(fault.begins_s)
    failed = int(stream(plan.seed, "motor loss").integers(QUADROTOR.motors))
    stop_time_s = _GENTLE_STOP_S + (_SUDDEN_STOP_S - _GENTLE_STOP_S) * fault.severity
    body = _body_at(healthy, start)
    fallen = _integrate(body, healthy.wanted_attitude[start], failed, stop_time_s, wind)
    position, velocity, attitude, wanted, thrust = np.split(fallen, [3, 6, 10, 14], axis=1)
    lying, sliding, toppled = _at_rest(position[-1], velocity[-1], attitude[-1])
    motion = _joined(
        healthy,
        start,
        np.concatenate([position, lying]),
        np.concatenate([velocity, sliding]),
        np.concatenate([attitude, toppled]),
        wind,
    )
    impact_s = fault.begins_s + len(fallen) * STEP_S
    return Fall(motion, fault, failed, impact_s, wanted, thrust)


def _body_at(motion: Motion, index: int) -> _Body:
    around = slice(index - 1, index + 2)
    force = np.linalg.norm(motion.acceleration_ms2[index] - GRAVITY) * QUADROTOR.mass_kg
    return _Body(
        motion.position_m[index].copy(),
        motion.velocity_ms[index].copy(),
        motion.attitude[index].copy(),
        _rates_at(motion.attitude[around]),
        np.full(QUADROTOR.motors, force / QUADROTOR.motors),
    )


def _rates_at(attitudes: FloatArray) -> FloatArray:
    """Body rates at the middle of three attitudes."""
    change = (attitudes[2] - attitudes[0]) / (2 * STEP_S)
    result: FloatArray = 2 * _rate_matrix(attitudes[1]).T @ change
    return result


def _rate_matrix(q: FloatArray) -> FloatArray:
    """(4, 3): what half a body rate does to a quaternion."""
    w, x, y, z = q
    return np.array([[-x, -y, -z], [w, -z, y], [z, w, -x], [-y, x, w]])


def _integrate(
    body: _Body, wanted_attitude: FloatArray, failed: int, stop_time_s: float, wind: Wind
) -> FloatArray:
    """The fall (m, 18) on the common grid, until the ground is reached.

    Columns: position, velocity, attitude, thrusts wanted, thrusts given.
    """
    unmix = QUADROTOR.unmixer
    first_thrust = float(body.thrust[failed])
    rows: list[FloatArray] = []
    for step in range(index_at(_LONGEST_FALL_S) * _SUBSTEPS):
        wanted = _control(body, wanted_attitude, unmix)
        # Speed runs down exponentially, and thrust goes with its square.
        left = first_thrust * np.exp(-2 * step * STEP_S / _SUBSTEPS / stop_time_s)
        _advance(body, wanted, failed, left, wind)
        if step % _SUBSTEPS == _SUBSTEPS - 1:
            state = (body.position, body.velocity, body.attitude, wanted, body.thrust)
            rows.append(np.concatenate(state))
        if body.position[2] >= 0:
            break
    return np.array(rows)


def _control(body: _Body, wanted_attitude: FloatArray, unmix: FloatArray) -> FloatArray:
    """Thrusts that would level the aircraft if all motors ran, each within its limits."""
    matrix = _rate_matrix(body.attitude)
    side = np.sign(body.attitude @ wanted_attitude) or 1.0
    error = 2 * side * (matrix.T @ wanted_attitude)
    rates = np.clip(_ATTITUDE_GAIN * error, -_RATE_LIMIT_RADS, _RATE_LIMIT_RADS)
    torque = np.array(QUADROTOR.inertia_kgm2) * _RATE_GAIN * (rates - body.rates)
    torque[2] = np.clip(torque[2], -_YAW_LIMIT_NM, _YAW_LIMIT_NM)
    shares = unmix[:, 1:] @ torque
    shares = shares * min(1.0, QUADROTOR.max_thrust_n / 2 / np.abs(shares).max())
    lift = QUADROTOR.hover_thrust_n * (1 + _CLIMB_GAIN * body.velocity[2] / GRAVITY[2])
    # Keeping upright goes before keeping height: lift is given up where a motor is at its limit.
    lift = min(lift, QUADROTOR.max_thrust_n - shares.max())
    result: FloatArray = np.clip(lift + shares, _LEAST_THRUST_N, QUADROTOR.max_thrust_n)
    return result


def _down_axis(q: FloatArray) -> FloatArray:
    """The body's downward axis in north, east, down."""
    w, x, y, z = q
    return np.array([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)])


def _advance(body: _Body, wanted: FloatArray, failed: int, left: float, wind: Wind) -> None:
    step_s = STEP_S / _SUBSTEPS
    body.thrust = body.thrust + (wanted - body.thrust) * (step_s / _MOTOR_LAG_S)
    body.thrust[failed] = left
    lift, *torque = QUADROTOR.mixer @ body.thrust
    inertia = np.array(QUADROTOR.inertia_kgm2)
    spin = np.cross(body.rates, inertia * body.rates) + _SPIN_DAMPING * body.rates
    body.rates = body.rates + (np.array(torque) - spin) / inertia * step_s
    drag = QUADROTOR.drag_per_s * (body.velocity - wind.mean_ms)
    body.velocity = body.velocity + step_s * (
        GRAVITY - drag - _down_axis(body.attitude) * lift / QUADROTOR.mass_kg
    )
    body.position = body.position + body.velocity * step_s
    turned = body.attitude + step_s / 2 * _rate_matrix(body.attitude) @ body.rates
    body.attitude = turned / np.linalg.norm(turned)


def _at_rest(
    position: FloatArray, velocity: FloatArray, attitude: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The wreck after the impact: position, velocity and attitude while it comes to rest."""
    time_s = seconds(index_at(_REST_S)) + STEP_S
    speed = velocity * np.exp(-time_s / _IMPACT_S)[:, None]
    level = np.array([1.0, 1.0, 0.0])
    # The ground stops the fall at once; what is left of the speed slides along it.
    lying = position * level + np.cumsum(speed * level, axis=0) * STEP_S
    return lying, speed, _toppled(attitude, time_s)


def _toppled(attitude: FloatArray, time_s: FloatArray) -> FloatArray:
    """From the attitude at the impact onto the feet or the back, whichever is nearer."""
    yaw = euler_of(attitude[None])[0, 2]
    lying = quaternion_of(np.array([[0.1, 0.06, yaw], [np.pi - 0.15, 0.06, yaw]]))
    agreement = lying @ attitude
    nearest = int(np.argmax(np.abs(agreement)))
    rest = lying[nearest] * np.sign(agreement[nearest])
    share = np.exp(-time_s / _SETTLE_S)[:, None]
    mixed = attitude * share + rest * (1 - share)
    result: FloatArray = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return result


def _joined(
    healthy: Motion,
    start: int,
    position: FloatArray,
    velocity: FloatArray,
    attitude: FloatArray,
    wind: Wind,
) -> Motion:
    """The healthy part up to and including ``start``, then the fall."""
    before = slice(0, start + 1)
    falling = (position[:, 2] < 0).astype(float)
    wanted = np.tile(healthy.wanted_attitude[start], (len(attitude), 1))
    through_air = velocity - wind.mean_ms * falling[:, None]
    return Motion(
        np.concatenate([healthy.position_m[before], position]),
        np.concatenate([healthy.velocity_ms[before], velocity]),
        np.concatenate([healthy.attitude[before], attitude]),
        np.concatenate([healthy.wanted_attitude[before], wanted]),
        np.concatenate([healthy.airborne[before], falling]),
        np.concatenate([healthy.air_velocity_ms[before], through_air]),
    )
