"""Simulated faults: each shows the signature it has in real logs, from its second on."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
from pyulog import ULog

from aviation.telemetry.simulation import Fault, FaultKind, FlightPlan, SimulatedFlight, simulate
from aviation.telemetry.simulation.airframes import AEROPLANE
from aviation.telemetry.simulation.battery import sag_moments
from aviation.telemetry.simulation.plan import Vehicle
from aviation.telemetry.simulation.scene import Scene
from aviation.telemetry.simulation.track import Mode
from tests.telemetry.simulated import angle_between

BEGIN_S = 80.0
BEGIN = 8000
HOME = (46.47, 8.25, 1340.0)
START = datetime(2025, 6, 1, 9, 30, tzinfo=UTC)
VEHICLES: tuple[Vehicle, ...] = ("multirotor", "fixed_wing")
both = pytest.mark.parametrize("vehicle", VEHICLES)
every_kind = pytest.mark.parametrize("kind", FaultKind)


@cache
def flown(vehicle: Vehicle, kind: FaultKind | None, severity: float = 0.7) -> SimulatedFlight:
    fault = None if kind is None else Fault(kind, BEGIN_S, severity)
    return simulate(FlightPlan(vehicle, 4, 200, START, HOME, fault))


def scene(vehicle: Vehicle, kind: FaultKind | None, severity: float = 0.7) -> Scene:
    return flown(vehicle, kind, severity).scene


@cache
def ulog(vehicle: Vehicle, kind: FaultKind) -> ULog:
    file = io.BytesIO()
    flown(vehicle, kind).write_ulog(file)
    return ULog(io.BytesIO(file.getvalue()))


def levels(vehicle: Vehicle, kind: FaultKind) -> set[str]:
    return {line.log_level_str() for line in ulog(vehicle, kind).logged_messages}


# every fault


@both
@every_kind
def test_truth_is_on_the_boot_clock(vehicle: Vehicle, kind: FaultKind) -> None:
    flight = flown(vehicle, kind)
    assert flight.truth.kind is kind
    assert flight.truth.begins_s == flight.scene.boot_s + BEGIN_S


@both
@every_kind
def test_motion_is_healthy_before_the_fault(vehicle: Vehicle, kind: FaultKind) -> None:
    healthy, faulty = scene(vehicle, None).motion, scene(vehicle, kind).motion
    before = slice(0, BEGIN - 300)
    assert np.allclose(healthy.position_m[before], faulty.position_m[before], atol=0.2)


@both
@every_kind
def test_faulty_log_is_read_without_corruption(vehicle: Vehicle, kind: FaultKind) -> None:
    assert not ulog(vehicle, kind).file_corruption


@both
@every_kind
def test_faulty_flight_ends_at_rest_and_disarmed(vehicle: Vehicle, kind: FaultKind) -> None:
    ended = scene(vehicle, kind)
    assert np.linalg.norm(ended.motion.velocity_ms[-50:], axis=1).max() < 0.1
    assert not ended.states.is_armed[-1]
    assert ended.states.is_landed[-1]


@both
@every_kind
@pytest.mark.parametrize("severity", [0.0, 1.0])
def test_severity_may_be_anything_from_0_to_1(
    vehicle: Vehicle, kind: FaultKind, severity: float
) -> None:
    assert np.isfinite(scene(vehicle, kind, severity).motion.position_m).all()


@pytest.mark.parametrize("begins_s", [1.0, 195.0, 900.0])
def test_fault_on_the_ground_is_refused(begins_s: float) -> None:
    fault = Fault(FaultKind.GPS_LOSS, begins_s)
    with pytest.raises(ValueError, match="in flight"):
        simulate(FlightPlan("multirotor", 4, 200, START, HOME, fault))


@pytest.mark.parametrize("severity", [-0.1, 1.1])
def test_severity_out_of_range_is_refused(severity: float) -> None:
    with pytest.raises(ValueError, match="severity"):
        Fault(FaultKind.GPS_LOSS, 60, severity)


def test_fault_kind_may_be_given_by_name() -> None:
    assert Fault("gps_loss", 60).kind is FaultKind.GPS_LOSS  # type: ignore[arg-type]


# motor loss


@pytest.mark.parametrize("severity", [0.0, 0.5, 1.0])
def test_lost_motor_stops_while_the_others_turn(severity: float) -> None:
    rpm = scene("multirotor", FaultKind.MOTOR_LOSS, severity).propulsion.rpm
    usual = rpm[BEGIN - 500 : BEGIN].mean()
    after = rpm[BEGIN + 150 : BEGIN + 200]
    assert (after.min(axis=0) < 0.15 * usual).sum() == 1
    assert after.max() > 1.15 * usual


def test_lost_motor_is_asked_for_full_output() -> None:
    falling = scene("multirotor", FaultKind.MOTOR_LOSS)
    lost = int(np.argmin(falling.propulsion.rpm[BEGIN + 190]))
    assert falling.motor_command[BEGIN + 20 : BEGIN + 200, lost].max() > 0.9


def test_attitude_runs_away_within_a_second() -> None:
    motion = scene("multirotor", FaultKind.MOTOR_LOSS).motion
    error = np.degrees(angle_between(motion.attitude, motion.wanted_attitude))
    assert error[BEGIN - 100 : BEGIN].max() < 5
    assert error[BEGIN : BEGIN + 100].max() > 60


def test_fall_ends_in_an_impact() -> None:
    wreck = scene("multirotor", FaultKind.MOTOR_LOSS)
    assert wreck.motion.velocity_ms[:, 2].max() > 8
    assert np.abs(wreck.motion.specific_force_ms2).max() > 150
    assert wreck.vibration.clipping[-1].sum() > 50
    assert len(wreck) < 10_000


def test_fall_obeys_gravity() -> None:
    motion = scene("multirotor", FaultKind.MOTOR_LOSS).motion
    falling = slice(BEGIN + 50, BEGIN + 200)
    assert 4 < motion.acceleration_ms2[falling, 2].mean() < 10.5


def test_crash_is_logged_with_the_failures() -> None:
    states = scene("multirotor", FaultKind.MOTOR_LOSS).states
    assert states.failure_bits[-1] & 128
    assert states.failure_bits[-1] & 3
    assert states.is_failsafe[-1]
    texts = [text.text for text in states.texts]
    assert any("Crash" in text for text in texts)
    assert not any("Landing" in text for text in texts)
    assert "CRITICAL" in levels("multirotor", FaultKind.MOTOR_LOSS)


def test_aeroplane_without_motor_glides_down() -> None:
    gliding = scene("fixed_wing", FaultKind.MOTOR_LOSS)
    after = slice(BEGIN + 500, round(gliding.states.moments.touchdown_s * 100) - 400)
    assert not gliding.propulsion.rpm[after].any()
    sink = gliding.motion.velocity_ms[after, 2].mean()
    best = AEROPLANE.sink_ms(np.array([AEROPLANE.glide_ms]), np.array([1.0]))[0]
    assert sink == pytest.approx(best, rel=0.15)
    assert gliding.motor_command[after].mean() > 0.8


def test_gliding_aeroplane_draws_hardly_any_current() -> None:
    battery = scene("fixed_wing", FaultKind.MOTOR_LOSS).battery
    assert battery.current_a[BEGIN + 500] < 0.2 * battery.current_a[BEGIN - 100]


# vibration growth


@both
@pytest.mark.parametrize("severity", [0.3, 0.7, 1.0])
def test_vibration_passes_both_limits_within_seconds(vehicle: Vehicle, severity: float) -> None:
    metric = scene(vehicle, FaultKind.VIBRATION_GROWTH, severity).vibration.metric_ms2
    assert metric[:BEGIN].max() < 4.905
    assert 0 < np.argmax(metric[BEGIN:] > 4.905) < 500
    assert metric.max() > 9.81


@both
def test_clipping_counts_grow_steadily(vehicle: Vehicle) -> None:
    clipping = scene(vehicle, FaultKind.VIBRATION_GROWTH).vibration.clipping.sum(axis=1)
    assert clipping[BEGIN] == 0
    assert clipping[BEGIN + 2000] > 100
    assert (np.diff(clipping) >= 0).all()


@both
def test_vibration_leaves_the_mission_as_planned(vehicle: Vehicle) -> None:
    assert len(scene(vehicle, FaultKind.VIBRATION_GROWTH)) == 20_000


def test_vibration_is_felt_by_the_accelerometers() -> None:
    noise = scene("multirotor", FaultKind.VIBRATION_GROWTH).vibration.noise_ms2
    assert noise[BEGIN + 2000 : BEGIN + 3000].std() > 5 * noise[BEGIN - 1000 : BEGIN].std()


# battery sag


@both
def test_charge_passes_the_warning_levels_one_by_one(vehicle: Vehicle) -> None:
    battery = scene(vehicle, FaultKind.BATTERY_SAG).battery
    assert battery.remaining[BEGIN] > 0.8
    first = [int(np.argmax(battery.warning >= level)) for level in (1, 2, 3)]
    moments = sag_moments(Fault(FaultKind.BATTERY_SAG, BEGIN_S, 0.7))
    expected = (moments.low_s, moments.critical_s, moments.emergency_s)
    assert np.allclose(first, np.multiply(expected, 100), atol=20)
    assert first[2] < BEGIN + 1000
    assert battery.remaining[first[0]] == pytest.approx(0.15, abs=0.01)
    assert battery.remaining[first[1]] == pytest.approx(0.07, abs=0.01)


@both
def test_voltage_collapses_under_load(vehicle: Vehicle) -> None:
    sagging = scene(vehicle, FaultKind.BATTERY_SAG)
    voltage, cells = sagging.battery.voltage_v, sagging.airframe.pack.cells
    assert voltage[BEGIN - 100] / cells > 3.7
    assert voltage[BEGIN + 1000] / cells < 3.5
    assert voltage[BEGIN + 1000] > 2.5 * cells


@both
def test_empty_battery_brings_the_aircraft_down(vehicle: Vehicle) -> None:
    sagging = scene(vehicle, FaultKind.BATTERY_SAG)
    modes = [Mode(mode) for mode in dict.fromkeys(sagging.states.mode.tolist())]
    assert modes[-2:] == [Mode.RETURN, Mode.LAND]
    assert BEGIN_S < sagging.states.moments.touchdown_s < 150
    assert {"WARNING", "CRITICAL"} <= levels(vehicle, FaultKind.BATTERY_SAG)


def test_tired_battery_makes_the_motors_work_harder() -> None:
    sagging = scene("multirotor", FaultKind.BATTERY_SAG)
    assert sagging.motor_command[BEGIN + 1000].mean() > sagging.motor_command[BEGIN - 100].mean()


# GPS loss


@both
def test_fix_is_lost_within_two_seconds(vehicle: Vehicle) -> None:
    receiver = scene(vehicle, FaultKind.GPS_LOSS).receiver
    assert receiver.fix_type[:BEGIN].min() == 3
    assert receiver.fix_type[BEGIN + 200] <= 1
    assert receiver.satellites[BEGIN + 200] < 6
    assert receiver.horizontal_accuracy_m[BEGIN + 1000] > 10


@pytest.mark.parametrize(("severity", "fix"), [(0.5, 1), (0.95, 0)])
def test_severity_decides_what_fix_remains(severity: float, fix: int) -> None:
    assert scene("multirotor", FaultKind.GPS_LOSS, severity).receiver.fix_type[-1] == fix


@both
def test_receiver_repeats_its_last_position(vehicle: Vehicle) -> None:
    position = scene(vehicle, FaultKind.GPS_LOSS).receiver.position_m
    assert not np.ptp(position[BEGIN + 200 :], axis=0).any()


@both
def test_estimator_rejects_and_drifts_away(vehicle: Vehicle) -> None:
    blind = scene(vehicle, FaultKind.GPS_LOSS)
    ratio = blind.estimate.ratios["position"]
    error = np.linalg.norm(blind.estimate.position_m - blind.motion.position_m, axis=1)
    assert ratio[:BEGIN].max() < 0.5
    assert ratio[BEGIN + 400] > 1
    assert error[:BEGIN].max() < 2
    assert error[-1] > 10
    assert blind.estimate.is_dead_reckoning[-1]


@both
def test_lost_position_ends_in_a_descent(vehicle: Vehicle) -> None:
    blind = scene(vehicle, FaultKind.GPS_LOSS)
    assert blind.states.mode[-1] == Mode.DESCEND
    assert np.argmax(blind.states.is_failsafe) / 100 == pytest.approx(BEGIN_S + 6.6, abs=0.2)


def test_blind_multirotor_drifts_with_the_wind() -> None:
    blind = scene("multirotor", FaultKind.GPS_LOSS)
    drift = blind.motion.position_m[-1, :2] - blind.motion.position_m[BEGIN + 1000, :2]
    wind = blind.wind.mean_ms[:2]
    assert drift @ wind / np.linalg.norm(drift) / np.linalg.norm(wind) > 0.9
