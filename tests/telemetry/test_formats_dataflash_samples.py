"""Real ArduPilot logs: equal to what pymavlink reads, and the facts known of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pymavlink import DFReader

from aviation.telemetry.formats import read_log
from aviation.telemetry.formats.dataflash_reader import read_dataflash_file
from aviation.telemetry.formats.opening import open_bytes
from aviation.telemetry.phases import find_phases, flight_figures
from aviation.telemetry.record import EventKind, FlightRecord, FloatArray, VehicleType
from tests.telemetry.sample_logs import ARDUPILOT_LOGS, sample_log


@pytest.mark.parametrize("name", ARDUPILOT_LOGS)
def test_every_column_equals_pymavlinks(name: str) -> None:
    path = sample_log(name)
    tables = read_dataflash_file(open_bytes(path)).tables
    theirs: dict[str, list[Any]] = {}
    reader = DFReader.DFReader_binary(str(path))
    while (message := reader.recv_msg()) is not None:
        if message.get_type() != "FMT":
            theirs.setdefault(message.get_type(), []).append(message)
    reader.filehandle.close()
    assert {name for name, table in tables.items() if len(table)} == set(theirs)
    for kind, messages in theirs.items():
        for column in messages[0].get_fieldnames():
            ours = tables[kind].numbers(column)
            if ours is not None and tables[kind].character(column) != "M":
                expected = np.array([getattr(one, column) for one in messages], dtype=float)
                np.testing.assert_allclose(ours, expected, rtol=1e-12)


@pytest.fixture(scope="module")
def crash() -> FlightRecord:
    """The flight of a copter that ends in a crash."""
    return read_log(sample_log("ardupilot/log171.bin"))


def first_run_s(time_s: FloatArray, is_bad: np.ndarray[Any, np.dtype[np.bool_]]) -> list[float]:
    """The moments at which a condition begins."""
    begins = np.flatnonzero(np.diff(np.concatenate(([0], is_bad.astype(int)))) == 1)
    return [float(moment) for moment in time_s[begins]]


def test_crash_lasts_243_seconds_on_the_boot_clock(crash: FlightRecord) -> None:
    assert crash.duration_s == pytest.approx(243, abs=1)
    assert (crash.start_s, crash.end_s) == pytest.approx((11.5, 254.1), abs=0.1)


def test_crash_has_volts_not_centivolts(crash: FlightRecord) -> None:
    volts = crash.series["battery_voltage_v"].values
    assert 14.0 < volts.min() < volts.max() < 17.0
    assert 5.2 < crash.series["board_voltage_v"].values.mean() < 5.5


def test_crash_has_no_fix_in_its_first_seconds(crash: FlightRecord) -> None:
    fix = crash.series["gps_fix_type"]
    assert fix.time_s[0] == pytest.approx(11.7, abs=0.1)
    assert fix.time_s[fix.values >= 3][0] == pytest.approx(45.1, abs=0.1)
    assert (fix.values[fix.time_s >= 45.2] >= 3).all()


def test_crash_is_armed_flies_and_never_lands(crash: FlightRecord) -> None:
    phases = find_phases(crash)
    assert phases.armed[0][0] == pytest.approx(72.6, abs=0.1)
    assert phases.takeoff_s == pytest.approx(82.9, abs=0.1)
    assert phases.ends_in_flight


def test_crash_leaves_its_attitude_behind_at_93_seconds(crash: FlightRecord) -> None:
    series = crash.series
    error_deg = np.maximum(
        np.abs(series["roll_deg"].values - series["roll_setpoint_deg"].values),
        np.abs(series["pitch_deg"].values - series["pitch_setpoint_deg"].values),
    )
    time_s = series["roll_deg"].time_s
    assert first_run_s(time_s, (error_deg > 10) & (time_s > 82.9))[0] == pytest.approx(93.2, abs=1)


def test_crash_tips_over_at_229_and_239_seconds(crash: FlightRecord) -> None:
    series = crash.series
    tilt_deg = np.maximum(np.abs(series["roll_deg"].values), np.abs(series["pitch_deg"].values))
    begins = first_run_s(series["roll_deg"].time_s, tilt_deg > 35)
    assert any(moment == pytest.approx(229.0, abs=1) for moment in begins)
    assert begins[-1] == pytest.approx(238.8, abs=1)


def test_crash_holds_the_autopilots_own_record(crash: FlightRecord) -> None:
    found = [(e.kind, e.code, e.time_s) for e in crash.events if e.kind is not EventKind.MESSAGE]
    assert (EventKind.ERROR, "ekf_check", pytest.approx(241.9, abs=0.1)) in found
    assert (EventKind.RECOVERED, "ekf_check", pytest.approx(244.5, abs=0.1)) in found


def test_crash_has_four_motors_and_a_firmware(crash: FlightRecord) -> None:
    motors = [name for name in crash.series if name.startswith("motor_output")]
    assert len(motors) == 4
    assert crash.firmware == "ArduCopter 3.3-dev"
    assert crash.hardware == "PX4v2"
    assert crash.vehicle_type is VehicleType.MULTIROTOR


def test_crash_variances_are_those_of_the_published_analysis(crash: FlightRecord) -> None:
    assert crash.series["ekf_velocity_ratio"].values.max() == pytest.approx(3.09)
    assert crash.series["ekf_compass_ratio"].values.max() == pytest.approx(3.0747, abs=1e-3)
    assert crash.series["magnetic_field_mgauss"].values.max() == pytest.approx(675.66, abs=0.01)


def test_crash_went_83_metres_from_home(crash: FlightRecord) -> None:
    figures = flight_figures(crash, find_phases(crash))
    assert figures.max_home_distance_m == pytest.approx(83.0, abs=0.5)


def test_plane_on_the_bench_is_cut_off_and_did_not_fly() -> None:
    record = read_log(sample_log("ardupilot/pymavlink_test.BIN"))
    assert record.vehicle_type is VehicleType.FIXED_WING
    texts = [note.text for note in record.notes]
    assert texts == ["The last 24 bytes are cut off: everything up to 82.8 s was kept."]
    assert not find_phases(record).has_flight
