"""PX4's status, landing, radio and processor topics."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.simulation import topic_formats as formats
from aviation.telemetry.simulation.grid import RATE_HZ
from aviation.telemetry.simulation.noise import coloured, stream
from aviation.telemetry.simulation.scene import (
    IndexArray,
    Samples,
    Scene,
    samples,
    samples_with_changes,
)
from aviation.telemetry.simulation.states import MOTOR_FAILURE, PITCH_FAILURE, ROLL_FAILURE
from aviation.telemetry.simulation.ulog_writer import Topic

MAV_TYPE = {"multirotor": 2, "fixed_wing": 1}
_VEHICLE_TYPE = {"multirotor": 1, "fixed_wing": 2}
_DISARMED, _ARMED = 1, 2
_MISSION_START, _AFTER_LANDING = 5, 7


def state_topics(scene: Scene) -> list[Topic]:
    return [
        _vehicle_status(scene),
        _failure_detector(scene),
        _failsafe_flags(scene),
        _land_detected(scene),
        _input_rc(scene),
        _cpuload(scene),
    ]


def _status_samples(scene: Scene, topic: str) -> Samples:
    states = scene.states
    changing = (states.is_armed, states.mode, states.is_failsafe, states.failure_bits)
    return samples_with_changes(scene, topic, 2, changing)


def _vehicle_status(scene: Scene) -> Topic:
    at = _status_samples(scene, "vehicle_status")
    states, moments, index = scene.states, scene.states.moments, at.index
    armed = states.is_armed[index]
    rows = formats.VEHICLE_STATUS.rows(
        len(at), timestamp=at.timestamp_us, armed_time=armed * scene.boot_us(moments.armed_s),
        takeoff_time=~states.is_landed[index] * scene.boot_us(moments.lift_off_s),
        nav_state_timestamp=_since_change(scene)[index],
        failure_detector_status=states.failure_bits[index],
        arming_state=np.where(armed, _ARMED, _DISARMED), latest_arming_reason=_MISSION_START,
        latest_disarming_reason=np.where(armed, 0, _AFTER_LANDING),
        nav_state_user_intention=states.mode[index], nav_state=states.mode[index],
        vehicle_type=_VEHICLE_TYPE[scene.plan.vehicle], failsafe=states.is_failsafe[index],
        system_type=MAV_TYPE[scene.plan.vehicle], system_id=1, component_id=1,
        power_input_valid=True, pre_flight_checks_pass=True,
    )  # fmt: skip
    return Topic(formats.VEHICLE_STATUS, rows)


def _since_change(scene: Scene) -> IndexArray:
    """The boot time (n,) in µs at which the present mode began."""
    mode = scene.states.mode
    begins = np.concatenate([[True], mode[1:] != mode[:-1]])
    last = np.maximum.accumulate(np.where(begins, np.arange(len(mode)), 0))
    result: IndexArray = scene.start_us + last * (1_000_000 // RATE_HZ)
    return result


def _failure_detector(scene: Scene) -> Topic:
    at = _status_samples(scene, "failure_detector_status")
    bits = scene.states.failure_bits[at.index]
    stopped = (scene.propulsion.rpm[at.index] == 0) @ (1 << np.arange(scene.airframe.motors))
    has_failed = (bits & MOTOR_FAILURE) > 0
    rows = formats.FAILURE_DETECTOR_STATUS.rows(
        len(at), timestamp=at.timestamp_us, motor_failure_mask=np.where(has_failed, stopped, 0),
        fd_roll=(bits & ROLL_FAILURE) > 0, fd_pitch=(bits & PITCH_FAILURE) > 0, fd_motor=has_failed,
    )  # fmt: skip
    return Topic(formats.FAILURE_DETECTOR_STATUS, rows)


def _failsafe_flags(scene: Scene) -> Topic:
    """The conditions behind a failsafe, logged just before it."""
    lost, warning = ~scene.estimate.has_position, scene.battery.warning
    bits = scene.states.failure_bits
    at = samples_with_changes(scene, "failsafe_flags", 2, (lost, warning, bits))
    attitude_lost = (bits[at.index] & (ROLL_FAILURE | PITCH_FAILURE)) > 0
    rows = formats.FAILSAFE_FLAGS.rows(
        len(at), timestamp=at.timestamp_us, local_position_invalid=lost[at.index],
        global_position_invalid=lost[at.index], battery_warning=warning[at.index],
        fd_critical_failure=attitude_lost, fd_motor_failure=(bits[at.index] & MOTOR_FAILURE) > 0,
    )  # fmt: skip
    return Topic(formats.FAILSAFE_FLAGS, rows)


def _land_detected(scene: Scene) -> Topic:
    landed = scene.states.is_landed
    at = samples_with_changes(scene, "vehicle_land_detected", 1, (landed,))
    index = at.index
    north, east, down = scene.motion.velocity_ms[index].T
    touching = scene.motion.airborne[index] < 0.5
    rows = formats.VEHICLE_LAND_DETECTED.rows(
        len(at), timestamp=at.timestamp_us, ground_contact=touching, maybe_landed=landed[index],
        landed=landed[index], in_descend=down > 0.3,
        has_low_throttle=scene.propulsion.throttle[index] < 0.1,
        vertical_movement=np.abs(down) > 0.3, horizontal_movement=np.hypot(north, east) > 1.0,
        close_to_ground_or_skipped_check=scene.motion.height_m[index] < 5.0,
        at_rest=landed[index] & (np.hypot(north, east) < 0.1),
    )  # fmt: skip
    return Topic(formats.VEHICLE_LAND_DETECTED, rows)


def _input_rc(scene: Scene) -> Topic:
    at = samples(scene, "input_rc", 2)
    far_m = np.linalg.norm(scene.motion.position_m[at.index], axis=1)
    rng = stream(scene.plan.seed, "radio")
    strength = 98 - 0.02 * far_m + coloured(rng, (len(scene),), 2.0, 1.2)[at.index]
    sticks = np.zeros((len(at), 18))
    sticks[:, :8] = [1500, 1500, 1500, 1500, 1900, 1100, 1100, 1100]
    rows = formats.INPUT_RC.rows(
        len(at), timestamp=at.timestamp_us, timestamp_last_signal=at.timestamp_us - 8_000,
        rssi=np.clip(np.round(strength), 0, 100), rssi_dbm=np.nan, values=sticks, channel_count=8,
        input_source=13, link_quality=np.clip(np.round(strength), 0, 100),
    )  # fmt: skip
    return Topic(formats.INPUT_RC, rows)


def _cpuload(scene: Scene) -> Topic:
    at = samples(scene, "cpuload", 2)
    rng = stream(scene.plan.seed, "processor")
    load = 0.42 + coloured(rng, (len(scene),), 1.0, 0.02, order=1)[at.index]
    rows = formats.CPULOAD.rows(len(at), timestamp=at.timestamp_us, load=load, ram_usage=0.58)
    return Topic(formats.CPULOAD, rows)
