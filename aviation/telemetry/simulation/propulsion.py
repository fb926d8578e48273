"""Motor speeds and electrical power, from the thrust that the motion needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.airframes import AEROPLANE, GRAVITY_MS2, QUADROTOR
from aviation.telemetry.simulation.grid import derivative, index_at, seconds, smooth
from aviation.telemetry.simulation.motion import GRAVITY, Motion
from aviation.telemetry.simulation.motor_loss import Fall
from aviation.telemetry.simulation.noise import coloured, stream
from aviation.telemetry.simulation.plan import Fault, FaultKind, FlightPlan
from aviation.telemetry.simulation.rotation import to_body
from aviation.telemetry.simulation.states import States

AVIONICS_W = 9.0
_IDLE_SHARE = 0.05
"""Of the hover thrust, with armed motors on the ground."""
_TAXI_THRUST_N = 0.8
_SPOOL_S = (0.7, 0.4)
_RPM_UNREST = 0.006
_SENSOR_RPM = 12.0
_TURNING_RPM = 60.0
_CUT_OFF_S = 0.1
_GENTLE_STOP_S, _SUDDEN_STOP_S = 0.9, 0.2
"""Time constants with which a motor runs down, at severity 0 and 1."""


@dataclass(frozen=True, slots=True)
class Propulsion:
    """Columns are motors."""

    rpm: FloatArray
    wanted_rpm: FloatArray
    power_w: FloatArray
    """Of the whole aircraft (n,)."""
    throttle: FloatArray
    """Wanted thrust over the greatest possible (n,), 0 to 1."""


def propel(plan: FlightPlan, motion: Motion, states: States, fall: Fall | None) -> Propulsion:
    """What the motors do throughout the flight."""
    if plan.vehicle == "multirotor":
        return _multirotor(plan, motion, states, fall)
    return _aeroplane(plan, motion, states)


def _multirotor(plan: FlightPlan, motion: Motion, states: States, fall: Fall | None) -> Propulsion:
    thrust = _mixed_thrust(plan, motion) * _spool(motion.airborne, states)[:, None]
    wanted = thrust.copy()
    if fall is not None:
        thrust, wanted = _with_fall(thrust, wanted, fall)
    unrest = coloured(stream(plan.seed, "motors"), thrust.shape, 0.08, _RPM_UNREST)
    rpm = np.sqrt(thrust / QUADROTOR.thrust_per_rpm2) * (1 + unrest)
    power = QUADROTOR.power_factor * np.sum(thrust**1.5, axis=1) + AVIONICS_W
    throttle = np.sum(wanted, axis=1) / (QUADROTOR.motors * QUADROTOR.max_thrust_n)
    wanted_rpm = np.sqrt(wanted / QUADROTOR.thrust_per_rpm2) * (1 + unrest)
    return Propulsion(_measured(plan, rpm), wanted_rpm, power, np.clip(throttle, 0, 1))


def _mixed_thrust(plan: FlightPlan, motion: Motion) -> FloatArray:
    """Thrust of each motor (n, 4) for the motion's forces and torques."""
    drag = -QUADROTOR.drag_per_s * motion.air_velocity_ms
    force = to_body(motion.attitude, motion.acceleration_ms2 - drag - GRAVITY)
    airborne = smooth(motion.airborne, 0.5)
    lift = np.where(airborne > 0.5, -force[:, 2], GRAVITY_MS2) * QUADROTOR.mass_kg
    spin = derivative(smooth(motion.rates_rads, 0.06, 0.04))
    torque = np.array(QUADROTOR.inertia_kgm2) * spin * airborne[:, None]
    demand = np.concatenate([smooth(lift, 0.08)[:, None], torque], axis=1)
    # No two motors and no load are quite alike.
    uneven = 1 + 0.012 * stream(plan.seed, "build").standard_normal(QUADROTOR.motors)
    thrust = demand @ QUADROTOR.unmixer.T * uneven
    result: FloatArray = np.clip(thrust, 0.05 * QUADROTOR.hover_thrust_n, QUADROTOR.max_thrust_n)
    return result


def _spool(airborne: FloatArray, states: States) -> FloatArray:
    """Share of the flight thrust: nothing disarmed, idling armed, all of it in the air."""
    flying = smooth((airborne > 0.01).astype(float), *_SPOOL_S)
    share = np.where(states.is_armed, _IDLE_SHARE + (1 - _IDLE_SHARE) * flying, 0.0)
    return smooth(share, 0.25)


def _with_fall(thrust: FloatArray, wanted: FloatArray, fall: Fall) -> tuple[FloatArray, FloatArray]:
    """The fall's own thrusts; after the impact the motors stop."""
    end = index_at(fall.impact_s) + 1
    begin = end - len(fall.thrust_n)
    thrust[begin:end], wanted[begin:end] = fall.thrust_n, fall.wanted_thrust_n
    stopping = np.exp(-seconds(len(thrust) - end) / _CUT_OFF_S)[:, None]
    stopping[stopping < 0.01] = 0.0
    thrust[end:], wanted[end:] = fall.thrust_n[-1] * stopping, fall.wanted_thrust_n[-1] * stopping
    return thrust, wanted


def _aeroplane(plan: FlightPlan, motion: Motion, states: States) -> Propulsion:
    airspeed = np.linalg.norm(motion.air_velocity_ms, axis=1)
    running = smooth(states.is_armed.astype(float), 0.5)
    thrust = _needed_thrust(motion, smooth(airspeed, 1.0)) * running
    wanted_rpm = _rpm_for(thrust, airspeed) * running
    rpm = wanted_rpm
    if (fault := plan.fault_of(FaultKind.MOTOR_LOSS)) is not None:
        rpm, thrust, wanted_rpm = _stopped(fault, rpm, thrust, wanted_rpm, states)
    unrest = coloured(stream(plan.seed, "motors"), rpm.shape, 0.15, _RPM_UNREST)
    power = thrust * np.maximum(airspeed, 6.0) / AEROPLANE.propulsive_efficiency
    full_rpm = AEROPLANE.full_rpm
    throttle = np.clip(wanted_rpm / full_rpm, 0, 1)
    turning, wanted = ((speed * (1 + unrest))[:, None] for speed in (rpm, wanted_rpm))
    return Propulsion(_measured(plan, turning), wanted, power + AVIONICS_W, throttle)


def _needed_thrust(motion: Motion, airspeed: FloatArray) -> FloatArray:
    """Newtons (n,) against drag, weight on the slope and inertia, or the wheels' friction."""
    airborne = motion.airborne
    load = np.clip(-motion.specific_force_ms2[:, 2] / GRAVITY_MS2, 0.3, 3.0)
    drag = np.where(airspeed > 5, AEROPLANE.drag_n(airspeed, smooth(load, 0.5) * airborne), 0.0)
    forward = smooth(motion.specific_force_ms2[:, 0], 0.8)
    accelerating = AEROPLANE.mass_kg * np.where(airborne < 0.5, np.maximum(forward, 0.0), forward)
    thrust = smooth(drag + accelerating, 0.6, 0.3)
    return np.clip(thrust, np.where(airborne < 0.5, _TAXI_THRUST_N, 0.15), 22.0)


def _rpm_for(thrust: FloatArray, airspeed: FloatArray) -> FloatArray:
    """The speed at which the propeller gives ``thrust`` while air flows in at ``airspeed``."""
    loss = AEROPLANE.advance_loss * airspeed
    root = np.sqrt(loss**2 + 4 * AEROPLANE.thrust_per_rpm2 * thrust)
    result: FloatArray = (loss + root) / (2 * AEROPLANE.thrust_per_rpm2)
    return result


def _stopped(
    fault: Fault, rpm: FloatArray, thrust: FloatArray, wanted_rpm: FloatArray, states: States
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A motor that runs down while the autopilot asks for more and more."""
    begin = index_at(fault.begins_s)
    since = seconds(len(rpm)) - fault.begins_s
    stop_s = _GENTLE_STOP_S + (_SUDDEN_STOP_S - _GENTLE_STOP_S) * fault.severity
    left = np.where(since < 0, 1.0, np.exp(-np.maximum(since, 0) / stop_s))
    left = np.where(left * rpm[begin] < _TURNING_RPM, 0.0, left)
    full_rpm = 0.97 * AEROPLANE.full_rpm
    opening = np.clip(since / 4.0, 0, 1)
    asked = rpm[begin] + (full_rpm - rpm[begin]) * opening
    asked = np.where(states.is_landed | ~states.is_armed, 0.0, asked)
    after = since >= 0
    return (
        np.where(after, rpm[begin] * left, rpm),
        np.where(after, thrust[begin] * left**2, thrust),
        smooth(np.where(after, asked, wanted_rpm), 0.3),
    )


def _measured(plan: FlightPlan, rpm: FloatArray) -> FloatArray:
    """What the speed controllers report: noisy while turning, exactly nothing when stopped."""
    noise = stream(plan.seed, "rpm sensor").standard_normal(rpm.shape) * _SENSOR_RPM
    return np.where(rpm > _TURNING_RPM, np.maximum(rpm + noise, 0.0), 0.0)
