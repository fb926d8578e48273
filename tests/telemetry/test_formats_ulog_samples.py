"""Real PX4 logs: equal to what pyulog reads, and the facts known of them."""

from __future__ import annotations

import numpy as np
import pytest
from pyulog import ULog

from aviation.telemetry.formats import read_log
from aviation.telemetry.formats.opening import open_bytes
from aviation.telemetry.formats.ulog_reader import read_ulog_file
from aviation.telemetry.phases import find_phases
from aviation.telemetry.record import ClockSource, EventKind, VehicleType
from tests.telemetry.sample_logs import PX4_LOGS, sample_log


@pytest.mark.parametrize("name", PX4_LOGS)
def test_every_field_equals_pyulogs(name: str) -> None:
    path = sample_log(name)
    ours, theirs = read_ulog_file(open_bytes(path)), ULog(str(path))
    assert {key for key, topic in ours.topics.items() if len(topic)} == {
        (data.name, data.multi_id) for data in theirs.data_list
    }
    for data in theirs.data_list:
        topic = ours.topics[data.name, data.multi_id]
        assert set(topic.paths()) <= set(data.data)
        for path_name, expected in data.data.items():
            column = topic.column(path_name)
            assert column is not None
            assert np.ascontiguousarray(column).tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", PX4_LOGS)
def test_parameters_texts_and_dropouts_equal_pyulogs(name: str) -> None:
    path = sample_log(name)
    ours, theirs = read_ulog_file(open_bytes(path)), ULog(str(path))
    assert ours.parameters == pytest.approx(theirs.initial_parameters)
    tagged = sum(map(len, theirs.logged_messages_tagged.values()))
    assert len(ours.texts) == len(theirs.logged_messages) + tagged
    assert ours.dropouts_ms == [dropout.duration for dropout in theirs.dropouts]


def test_flight_with_esc_speeds() -> None:
    record = read_log(sample_log("px4/esc_status_log.ulg"))
    assert record.duration_s == pytest.approx(44, abs=0.5)
    assert record.vehicle_type is VehicleType.MULTIROTOR
    volts = record.series["battery_voltage_v"].values
    assert (volts.min(), volts.max()) == pytest.approx((21.75, 22.58), abs=0.01)
    for kind in ("motor_rpm", "motor_output_us"):
        names = sorted(name for name in record.series if name.startswith(kind))
        assert names == [f"{kind}_{number}" for number in range(1, 5)]
    assert record.series["motor_rpm_1"].values.max() == 2_753
    assert record.series["latitude"].time_s.size > 90
    assert record.clock_source is ClockSource.GPS
    assert record.boot_at is not None
    assert record.boot_at.date().isoformat() == "2019-05-13"


def test_flight_with_esc_speeds_is_one_flight() -> None:
    phases = find_phases(read_log(sample_log("px4/esc_status_log.ulg")))
    assert len(phases.flying) == 1
    assert phases.begins_in_flight
    assert not phases.ends_in_flight
    assert phases.landing_s == pytest.approx(5_119.4, abs=0.1)


def test_bench_log_has_a_battery_that_is_nearly_empty() -> None:
    record = read_log(sample_log("px4/roboto_test.ulg"))
    percentage = record.series["battery_percentage"].values
    assert percentage.max() < 5.0
    assert percentage.min() == 0.0
    texts = [event.text for event in record.events if event.kind is EventKind.MESSAGE]
    assert "[commander] Dangerous battery level!, please land!" in texts


def test_hops_of_a_second_on_the_bench_are_no_flight() -> None:
    record = read_log(sample_log("px4/roboto_test.ulg"))
    assert sum(event.kind is EventKind.TAKEOFF for event in record.events) == 2
    assert not find_phases(record).has_flight


def test_log_from_the_ground_has_no_flight() -> None:
    record = read_log(sample_log("px4/sample.ulg"))
    assert not find_phases(record).has_flight
    assert not [name for name in record.series if name.startswith(("gps", "motor", "battery"))]


def test_stray_stamp_does_not_make_twenty_minutes_of_seven_seconds() -> None:
    record = read_log(sample_log("px4/sample_log_small.ulg"))
    assert record.duration_s == pytest.approx(6.5, abs=0.1)
    assert record.vehicle_type is VehicleType.VTOL


def test_newer_names_of_position_and_motors_are_understood() -> None:
    record = read_log(sample_log("px4/sample_px4_events.ulg"))
    assert record.series["latitude"].values[0] == pytest.approx(47.39774, abs=1e-4)
    rpm = sorted(name for name in record.series if name.startswith("motor_rpm"))
    assert rpm == [f"motor_rpm_{number}" for number in range(1, 5)]
    modes = [event.code for event in record.events if event.kind is EventKind.MODE]
    assert modes == ["Hold", "Takeoff", "Hold", "Return", "Hold"]
