"""Healthy simulated flights stay within every published limit."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.simulation.plan import Vehicle
from tests.telemetry.simulated import (
    angle_between,
    both,
    flown,
    many,
)


@both
@many
def test_attitude_follows_the_demand_within_five_degrees(vehicle: Vehicle, seed: int) -> None:
    motion = flown(vehicle, seed).scene.motion
    assert np.degrees(angle_between(motion.attitude, motion.wanted_attitude)).max() < 5


@both
@many
def test_vibration_stays_within_its_limit(vehicle: Vehicle, seed: int) -> None:
    vibration = flown(vehicle, seed).scene.vibration
    assert vibration.metric_ms2.max() < 4.905
    assert not vibration.clipping.any()


@both
@many
def test_receiver_stays_within_its_limits(vehicle: Vehicle, seed: int) -> None:
    receiver = flown(vehicle, seed).scene.receiver
    assert receiver.fix_type.min() == 3
    assert receiver.satellites.min() >= 12
    assert receiver.hdop.max() < 1.5
    assert receiver.horizontal_accuracy_m.max() < 1
    assert receiver.vertical_accuracy_m.max() < 2
    assert receiver.speed_accuracy_ms.max() < 0.5
    assert receiver.jamming.max() < 40


@both
@many
def test_measured_positions_are_off_by_little_more_than_a_metre(
    vehicle: Vehicle, seed: int
) -> None:
    scene = flown(vehicle, seed).scene
    for measured in (scene.receiver.position_m, scene.estimate.position_m):
        error = np.linalg.norm(measured - scene.motion.position_m, axis=1)
        assert 0.05 < error.mean() < 1.5
        assert error.max() < 3


@both
@many
def test_estimator_trusts_its_sensors(vehicle: Vehicle, seed: int) -> None:
    ratios = flown(vehicle, seed).scene.estimate.ratios
    assert max(ratio.max() for ratio in ratios.values()) < 0.5


@both
def test_battery_lasts_the_longest_flight(vehicle: Vehicle) -> None:
    scene = flown(vehicle, 1, 1200).scene
    assert scene.battery.remaining.min() > 0.3
    assert scene.battery.voltage_v.min() / scene.airframe.pack.cells > 3.6
    assert not scene.battery.warning.any()


def test_motors_share_the_load_evenly() -> None:
    scene = flown("multirotor").scene
    means = scene.motor_command[scene.motion.airborne > 0.99].mean(axis=0)
    assert 1000 * np.ptp(means) < 50
