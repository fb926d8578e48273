"""PX4's battery, motor and board supply topics."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation import topic_formats as formats
from aviation.telemetry.simulation.airframes import GRAVITY_MS2
from aviation.telemetry.simulation.grid import trailing_mean
from aviation.telemetry.simulation.noise import coloured, stream
from aviation.telemetry.simulation.px4_motion_topics import sampled
from aviation.telemetry.simulation.scene import Scene, samples
from aviation.telemetry.simulation.ulog_writer import Topic

PWM_DISARMED, PWM_LEAST, PWM_MOST = 1_000, 1_100, 1_900
_OUTPUTS = 8
_MOTOR_FUNCTION = 101
AEROPLANE_MOTOR_OUTPUT = 3
"""From 1: ailerons, elevator, motor, rudder, the order most fixed wings are wired in."""


def power_topics(scene: Scene) -> list[Topic]:
    return [
        _battery(scene),
        _actuator_motors(scene),
        _actuator_outputs(scene),
        _esc_status(scene),
        _system_power(scene),
    ]


def _battery(scene: Scene) -> Topic:
    at = samples(scene, "battery_status", 2)
    pack, battery = scene.airframe.pack, scene.battery
    current = battery.current_a[at.index]
    left_ah = battery.remaining * pack.capacity_ah
    average = np.maximum(trailing_mean(battery.current_a, 30.0), 0.1)
    rows = formats.BATTERY_STATUS.rows(
        len(at), timestamp=at.timestamp_us, voltage_v=battery.voltage_v[at.index],
        voltage_filtered_v=trailing_mean(battery.voltage_v, 1.0)[at.index], current_a=current,
        current_filtered_a=trailing_mean(battery.current_a, 1.0)[at.index],
        current_average_a=average[at.index], discharged_mah=battery.consumed_mah[at.index],
        remaining=battery.remaining[at.index], scale=1.0,
        time_remaining_s=(3600 * left_ah / average)[at.index], temperature=np.nan,
        capacity=round(pack.capacity_ah * 1000), connected=True, cell_count=pack.cells, id=1,
        is_required=True, warning=battery.warning[at.index],
    )  # fmt: skip
    return Topic(formats.BATTERY_STATUS, rows)


def _actuator_motors(scene: Scene) -> Topic:
    at = samples(scene, "actuator_motors", 10)
    control = np.full((len(at), 12), np.nan)
    control[:, : scene.airframe.motors] = scene.motor_command[at.index]
    control[~scene.states.is_armed[at.index]] = np.nan
    rows = formats.ACTUATOR_MOTORS.rows(len(at), **sampled(at), control=control)
    return Topic(formats.ACTUATOR_MOTORS, rows)


def _actuator_outputs(scene: Scene) -> Topic:
    at = samples(scene, "actuator_outputs", 10)
    output = np.zeros((len(at), 16))
    output[:, :_OUTPUTS] = PWM_DISARMED
    armed = scene.states.is_armed[at.index, None]
    motors = PWM_LEAST + (PWM_MOST - PWM_LEAST) * scene.motor_command[at.index]
    first = 0 if scene.is_multirotor else AEROPLANE_MOTOR_OUTPUT - 1
    columns = slice(first, first + scene.airframe.motors)
    output[:, columns] = np.where(armed, motors, PWM_DISARMED)
    if not scene.is_multirotor:
        output[:, [0, 1, 3]] = _surfaces(scene)[at.index]
    rows = formats.ACTUATOR_OUTPUTS.rows(
        len(at), timestamp=at.timestamp_us, noutputs=_OUTPUTS, output=np.round(output)
    )
    return Topic(formats.ACTUATOR_OUTPUTS, rows)


def _surfaces(scene: Scene) -> FloatArray:
    """Servo pulses (n, 3) of ailerons, elevator, rudder: more deflection in slower air."""
    speed = np.maximum(np.linalg.norm(scene.motion.air_velocity_ms, axis=1), 8.0)
    effort = scene.motion.rates_rads * np.array([350.0, 420.0, 300.0]) * (18 / speed)[:, None]
    load = -scene.motion.specific_force_ms2[:, 2] / GRAVITY_MS2
    effort[:, 1] += 40 * (load - 1) + 90 * ((18 / speed) ** 2 - 1)
    result: FloatArray = np.clip(1500 + effort, PWM_LEAST, PWM_MOST)
    return result


def _esc_status(scene: Scene) -> Topic:
    at = samples(scene, "esc_status", 4)
    motors = scene.airframe.motors
    rows = formats.ESC_STATUS.rows(
        len(at), timestamp=at.timestamp_us, counter=np.arange(len(at)) % 65_536,
        esc_count=motors, esc_connectiontype=5, esc_online_flags=2**motors - 1,
        esc_armed_flags=scene.states.is_armed[at.index] * (2**motors - 1),
    )  # fmt: skip
    esc = rows["esc"][:, :motors]
    rpm = scene.propulsion.rpm[at.index]
    current = _motor_currents(scene)[at.index]
    esc["timestamp"] = at.timestamp_us[:, None]
    esc["esc_rpm"] = np.round(rpm)
    esc["esc_voltage"] = scene.battery.voltage_v[at.index, None]
    esc["esc_current"] = current
    esc["esc_temperature"] = 28 + 1.1 * current
    esc["esc_address"] = np.arange(motors)
    esc["actuator_function"] = _MOTOR_FUNCTION + np.arange(motors)
    esc["esc_power"] = np.round(100 * scene.motor_command[at.index])
    return Topic(formats.ESC_STATUS, rows)


def _motor_currents(scene: Scene) -> FloatArray:
    """The battery's current shared out (n, k) by the cube of the motors' speeds."""
    cubes = scene.propulsion.rpm**3
    total = np.maximum(cubes.sum(axis=1, keepdims=True), 1e6)
    result: FloatArray = scene.battery.current_a[:, None] * cubes / total
    return result


def _system_power(scene: Scene) -> Topic:
    at = samples(scene, "system_power", 2)
    rng = stream(scene.plan.seed, "board supply")
    volts = 5.08 + coloured(rng, (len(scene),), 0.5, 0.012)
    rows = formats.SYSTEM_POWER.rows(
        len(at), timestamp=at.timestamp_us, voltage5v_v=volts[at.index],
        sensors3v3=[3.3, 0, 0, 0], sensors3v3_valid=1, brick_valid=1, servo_valid=0,
    )  # fmt: skip
    return Topic(formats.SYSTEM_POWER, rows)
