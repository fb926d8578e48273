"""When it flew, and how far."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aviation.telemetry.phases import (
    BY_AUTOPILOT,
    BY_MOTION,
    BY_THROTTLE,
    NEVER_ARMED,
    NOTHING_TELLS,
    distance_m,
    find_phases,
    flight_figures,
    ground_distance_m,
    track_of,
)
from aviation.telemetry.record import FlightRecord, Series, VehicleType

TIME_S = np.arange(0.0, 100.0, 0.1)


def record_of(**values: object) -> FlightRecord:
    """A record of 100 s at 10 Hz; a channel is a constant, an array or (times, values)."""
    series = {}
    for name, value in values.items():
        if isinstance(value, tuple):
            series[name] = Series(np.array(value[0], float), np.array(value[1], float))
        else:
            series[name] = Series(TIME_S, np.broadcast_to(np.asarray(value, float), TIME_S.shape))
    return FlightRecord("csv", series, start_s=0.0, end_s=float(TIME_S[-1]))


def test_flight_follows_the_autopilots_own_state() -> None:
    phases = find_phases(
        record_of(is_armed=([0, 10, 90], [0, 1, 0]), is_flying=([0, 20, 80], [0, 1, 0]))
    )
    assert phases.armed == ((10.0, 90.0),)
    assert phases.flying == ((20.0, 80.0),)
    assert (phases.takeoff_s, phases.landing_s) == (20.0, 80.0)
    assert phases.flight_time_s == 60.0
    assert phases.source == BY_AUTOPILOT
    assert not phases.begins_in_flight
    assert not phases.ends_in_flight


def test_log_that_ends_in_the_air_says_so() -> None:
    phases = find_phases(record_of(is_flying=([0, 20], [0, 1]), roll_deg=0.0))
    assert phases.ends_in_flight
    assert phases.landing_s == pytest.approx(99.9)


def test_log_that_begins_in_the_air_says_so() -> None:
    phases = find_phases(record_of(is_flying=([1, 50], [1, 0]), roll_deg=0.0))
    assert phases.begins_in_flight
    assert phases.takeoff_s == 1.0


def test_short_hop_without_rising_is_no_flight() -> None:
    phases = find_phases(record_of(is_flying=([0, 20, 22], [0, 1, 0]), height_m=0.0))
    assert not phases.has_flight
    assert phases.takeoff_s is None


def test_short_hop_that_rises_is_a_flight() -> None:
    height_m = np.where((TIME_S > 20) & (TIME_S < 22), 2.0, 0.0)
    phases = find_phases(record_of(is_flying=([0, 19.5, 22.5], [0, 1, 0]), height_m=height_m))
    assert phases.has_flight


def test_log_that_was_never_armed_has_no_flight() -> None:
    phases = find_phases(record_of(is_armed=0.0, ground_speed_ms=30.0))
    assert not phases.has_flight
    assert phases.source == NEVER_ARMED


@pytest.mark.parametrize("channel", ["height_m", "altitude_m", "ground_speed_ms"])
def test_motion_tells_flight_where_the_autopilot_does_not(channel: str) -> None:
    values = np.where((TIME_S > 20) & (TIME_S < 80), 40.0, 0.0)
    phases = find_phases(record_of(**{channel: values}))
    assert phases.source == BY_MOTION
    assert phases.takeoff_s == pytest.approx(20, abs=1)
    assert phases.landing_s == pytest.approx(80, abs=1)


def test_motion_outside_arming_is_no_flight() -> None:
    values = np.where((TIME_S > 20) & (TIME_S < 80), 40.0, 0.0)
    phases = find_phases(record_of(height_m=values, is_armed=([0, 30, 60], [0, 1, 0])))
    assert phases.takeoff_s == pytest.approx(30, abs=1)
    assert phases.landing_s == pytest.approx(60, abs=1)


def test_each_arming_bounds_the_flights_in_it() -> None:
    phases = find_phases(
        record_of(height_m=40.0 * (TIME_S > 5), is_armed=([0, 20, 40, 60, 80], [0, 1, 0, 1, 0]))
    )
    begins_and_ends = [edge_s for stretch in phases.flying for edge_s in stretch]
    assert begins_and_ends == pytest.approx([20, 40, 60, 80], abs=1)


def test_short_pause_does_not_part_a_flight_told_from_motion() -> None:
    values = np.where((TIME_S > 20) & (TIME_S < 80), 40.0, 0.0)
    values[(TIME_S > 50) & (TIME_S < 53)] = 0.0
    assert len(find_phases(record_of(ground_speed_ms=values)).flying) == 1


def test_throttle_tells_flight_as_a_last_resort() -> None:
    throttle = np.where((TIME_S > 20) & (TIME_S < 80), 40.0, 0.0)
    phases = find_phases(record_of(throttle_percentage=throttle, is_armed=1.0))
    assert phases.source == BY_THROTTLE
    assert phases.takeoff_s == pytest.approx(20, abs=1)


def test_rover_never_flies() -> None:
    record = replace(record_of(ground_speed_ms=20.0), vehicle_type=VehicleType.ROVER)
    assert not find_phases(record).has_flight


def test_log_without_motion_tells_nothing() -> None:
    phases = find_phases(record_of(battery_voltage_v=12.0))
    assert not phases.has_flight
    assert phases.source == NOTHING_TELLS


def test_great_circle_of_one_degree() -> None:
    assert ground_distance_m(0.0, 0.0, 1.0, 0.0) == pytest.approx(111_195, abs=1)
    assert ground_distance_m(60.0, 179.5, 60.0, -179.5) == pytest.approx(55_597, abs=5)


def test_distance_does_not_add_up_the_receivers_noise() -> None:
    chance = np.random.default_rng(1)
    noise = chance.normal(0, 2e-6, TIME_S.size)
    record = record_of(latitude=47 + TIME_S * 1e-5 + noise, longitude=8 + 0 * TIME_S)
    assert distance_m(record) == pytest.approx(111.1, rel=0.06)


def test_distance_of_a_flight_leaves_the_ground_out() -> None:
    record = record_of(
        latitude=47 + TIME_S * 1e-5, longitude=8.0, is_flying=([0, 20, 80], [0, 1, 0])
    )
    assert distance_m(record, find_phases(record)) == pytest.approx(60 * 1.112, rel=0.02)


def test_track_takes_only_whole_positions() -> None:
    record = record_of(latitude=([0, 1, 2], [1, 2, 3]), longitude=([1, 2, 3], [4, 5, 6]))
    track = track_of(record)
    assert track.time_s.tolist() == [1.0, 2.0]
    assert track.latitude.tolist() == [2.0, 3.0]
    assert track.longitude.tolist() == [4.0, 5.0]


def test_figures_of_a_flight() -> None:
    latitude = 47 + np.concatenate((TIME_S[:500], TIME_S[499::-1])) * 1e-5
    record = record_of(
        latitude=latitude,
        longitude=8.0,
        height_m=np.where(TIME_S < 95, 30.0, 99.0),
        ground_speed_ms=5.0,
        is_flying=([0, 10, 90], [0, 1, 0]),
    )
    figures = flight_figures(record, find_phases(record))
    assert figures.flight_time_s == 80.0
    assert figures.home is not None
    assert figures.home.latitude == pytest.approx(47.0001)
    assert figures.max_height_m == 30.0
    assert figures.max_ground_speed_ms == 5.0
    assert figures.max_home_distance_m == pytest.approx(40 * 1.112, rel=0.02)
    assert figures.distance_m == pytest.approx(80 * 1.112, rel=0.02)


def test_figures_without_flight_are_unknown() -> None:
    record = record_of(latitude=47.0, longitude=8.0, is_flying=0.0)
    figures = flight_figures(record, find_phases(record))
    assert figures.flight_time_s == 0.0
    assert figures.home is None
    assert figures.distance_m is None
    assert figures.max_ground_speed_ms is None
