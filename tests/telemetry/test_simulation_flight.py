"""Healthy simulated flights: repeatable, and physically consistent."""

from __future__ import annotations

import io
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from aviation.telemetry.simulation import FlightPlan, simulate
from aviation.telemetry.simulation.airframes import AEROPLANE, GRAVITY_MS2, QUADROTOR
from aviation.telemetry.simulation.plan import Vehicle
from aviation.telemetry.simulation.rotation import euler_of, to_earth
from tests.telemetry.simulated import (
    HOME,
    START,
    angle_between,
    both,
    flown,
    many,
    plan,
    topic,
    ulog_bytes,
)

# what a plan may be


def test_plan_refuses_a_flight_too_short_to_land() -> None:
    with pytest.raises(ValueError, match="duration"):
        plan("fixed_wing", duration_s=100)


def test_plan_refuses_a_flight_longer_than_the_battery() -> None:
    with pytest.raises(ValueError, match="duration"):
        plan("multirotor", duration_s=1300)


@pytest.mark.parametrize(
    "moment",
    [datetime(2025, 6, 1), datetime(2025, 6, 1, tzinfo=timezone(timedelta(hours=2)))],  # noqa: DTZ001
)
def test_plan_refuses_a_start_that_is_not_utc(moment: datetime) -> None:
    with pytest.raises(ValueError, match="UTC"):
        FlightPlan("multirotor", 1, 200, moment, HOME)


def test_plan_refuses_a_place_off_the_globe() -> None:
    with pytest.raises(ValueError, match="place"):
        FlightPlan("multirotor", 1, 200, START, (95.0, 8.0, 0.0))


# repeatable


@both
def test_same_plan_makes_the_same_bytes(vehicle: Vehicle) -> None:
    assert ulog_bytes(simulate(plan(vehicle))) == ulog_bytes(flown(vehicle))


@both
def test_other_seed_makes_another_flight(vehicle: Vehicle) -> None:
    assert ulog_bytes(flown(vehicle, 2)) != ulog_bytes(flown(vehicle, 1))


def test_path_and_open_file_get_the_same_bytes(tmp_path: Path) -> None:
    flown("multirotor").write_ulog(tmp_path / "a.ulg")
    assert (tmp_path / "a.ulg").read_bytes() == ulog_bytes(flown("multirotor"))


def test_file_handed_in_stays_open() -> None:
    file = io.BytesIO()
    flown("multirotor").write_csv(file)
    assert not file.closed


def test_healthy_flight_has_no_fault_in_its_truth() -> None:
    assert flown("multirotor").truth.kind is None


# the mission


@both
@pytest.mark.parametrize("duration_s", [160, 300, 600])
def test_log_is_as_long_as_planned(vehicle: Vehicle, duration_s: float) -> None:
    flight = flown(vehicle, 1, duration_s)
    assert len(flight.scene) == duration_s * 100
    assert flight.scene.states.moments.disarmed_s < duration_s


@both
@many
def test_aircraft_ends_at_rest_near_home(vehicle: Vehicle, seed: int) -> None:
    motion = flown(vehicle, seed).scene.motion
    assert np.linalg.norm(motion.velocity_ms[-100:], axis=1).max() < 0.05
    assert abs(motion.height_m[-1]) < 0.1


@many
def test_multirotor_lands_where_it_took_off(seed: int) -> None:
    assert np.hypot(*flown("multirotor", seed).scene.motion.position_m[-1, :2]) < 1


@many
def test_fixed_wing_stops_on_the_runway_it_left(seed: int) -> None:
    place = flown("fixed_wing", seed).scene.motion.position_m[:, :2]
    lift_off = place[round(100 * flown("fixed_wing", seed).scene.states.moments.lift_off_s)]
    runway = lift_off / np.linalg.norm(lift_off)
    assert place[-1] @ runway == pytest.approx(130, abs=10)
    assert np.linalg.norm(place[-1] - (place[-1] @ runway) * runway) < 5


@both
@many
def test_aircraft_reaches_a_working_height(vehicle: Vehicle, seed: int) -> None:
    assert 20 < flown(vehicle, seed).scene.motion.height_m.max() < 120


def test_multirotor_hovers_for_ten_seconds() -> None:
    motion = flown("multirotor").scene.motion
    still = (np.linalg.norm(motion.velocity_ms, axis=1) < 0.6) & (motion.height_m > 10)
    assert np.convolve(still, np.ones(1000), "valid").max() == 1000


def test_fixed_wing_flies_whole_circles() -> None:
    heading = np.unwrap(euler_of(flown("fixed_wing", 1, 300).scene.motion.attitude)[:, 2])
    assert np.ptp(heading) > 2.5 * np.pi


@both
def test_aircraft_stays_on_the_ground_before_the_take_off(vehicle: Vehicle) -> None:
    scene = flown(vehicle).scene
    before = round(scene.states.moments.armed_s * 100)
    assert np.abs(scene.motion.velocity_ms[:before]).max() < 0.01


# physics


@both
@many
def test_velocity_is_the_rate_of_the_position(vehicle: Vehicle, seed: int) -> None:
    motion = flown(vehicle, seed).scene.motion
    moved = np.cumsum(motion.velocity_ms, axis=0) / 100
    error = motion.position_m - motion.position_m[0] - (moved - moved[0])
    assert np.abs(error).max() < 0.3


@both
@many
def test_motion_has_no_jumps(vehicle: Vehicle, seed: int) -> None:
    motion = flown(vehicle, seed).scene.motion
    assert np.abs(np.diff(motion.velocity_ms, axis=0)).max() < 0.15
    assert np.degrees(np.abs(motion.rates_rads)).max() < 120


@both
def test_accelerometers_and_attitude_agree_with_the_motion(vehicle: Vehicle) -> None:
    motion = flown(vehicle).scene.motion
    felt = to_earth(motion.attitude, motion.specific_force_ms2)
    felt[:, 2] += GRAVITY_MS2
    assert np.allclose(felt, motion.acceleration_ms2)


@both
def test_gyros_agree_with_the_attitude(vehicle: Vehicle) -> None:
    attitude = topic(vehicle, "vehicle_attitude")
    rates = topic(vehicle, "vehicle_angular_velocity")
    quaternion = np.stack([attitude[f"q[{n}]"] for n in range(4)], axis=1)
    turned = angle_between(quaternion[1:], quaternion[:-1]) * 50
    rate = np.sqrt(sum(rates[f"xyz[{n}]"] ** 2 for n in range(3)))
    assert np.abs(turned - rate[1:]).mean() < 0.02


def test_multirotor_leans_the_way_it_accelerates() -> None:
    motion = flown("multirotor").scene.motion
    thrust = to_earth(motion.attitude, np.tile([0.0, 0.0, -1.0], (len(motion), 1)))
    flying = motion.airborne > 0.99
    drag = QUADROTOR.drag_per_s * motion.air_velocity_ms
    pushed = (motion.acceleration_ms2 + drag)[flying]
    for axis in range(2):
        leaning = GRAVITY_MS2 * thrust[flying, axis]
        assert np.corrcoef(leaning, pushed[:, axis])[0, 1] > 0.98


def test_fixed_wing_turns_are_coordinated() -> None:
    motion = flown("fixed_wing", 1, 300).scene.motion
    airspeed = np.linalg.norm(motion.air_velocity_ms, axis=1)
    roll, _, yaw = euler_of(motion.attitude).T
    turning = np.gradient(np.unwrap(yaw)) * 100
    flying = motion.airborne > 0.99
    expected = np.arctan(turning * airspeed / GRAVITY_MS2)
    assert np.corrcoef(roll[flying], expected[flying])[0, 1] > 0.9
    assert np.abs(motion.specific_force_ms2[flying, 1]).mean() < 0.4


def test_fixed_wing_keeps_above_its_stall_in_the_air() -> None:
    motion = flown("fixed_wing").scene.motion
    speed = np.linalg.norm(motion.air_velocity_ms, axis=1)[motion.airborne > 0.99]
    assert speed.min() > 11
    assert abs(np.median(speed) - AEROPLANE.cruise_ms) < 2


def test_motors_carry_the_weight_in_hover() -> None:
    scene = flown("multirotor").scene
    still = (np.linalg.norm(scene.motion.velocity_ms, axis=1) < 0.5) & (scene.motion.height_m > 10)
    thrust = QUADROTOR.thrust_per_rpm2 * np.sum(scene.propulsion.rpm[still] ** 2, axis=1)
    weight = QUADROTOR.mass_kg * GRAVITY_MS2
    assert np.mean(thrust) == pytest.approx(weight, rel=0.05)


@both
def test_voltage_falls_with_the_load_and_recovers_without(vehicle: Vehicle) -> None:
    scene = flown(vehicle).scene
    voltage, moments = scene.battery.voltage_v, scene.states.moments
    resting = voltage[: round(moments.armed_s * 100)].mean()
    flying = voltage[round(moments.touchdown_s * 100) - 300]
    after = voltage[-50:].mean()
    assert flying + 0.05 < after < resting


@both
def test_charge_used_is_the_integral_of_the_current(vehicle: Vehicle) -> None:
    battery = flown(vehicle).scene.battery
    assert battery.consumed_mah[-1] == pytest.approx(battery.current_a.sum() / 360, rel=0.01)


@both
def test_motors_stand_still_while_disarmed(vehicle: Vehicle) -> None:
    scene = flown(vehicle).scene
    assert not scene.propulsion.rpm[:250].any()
    assert not scene.propulsion.rpm[-50:].any()
