"""ArduPilot logs: the container and what its messages become."""

from __future__ import annotations

import numpy as np
import pytest

from aviation.telemetry.formats import UnreadableLog, read_log_bytes
from aviation.telemetry.formats.dataflash_reader import read_dataflash_file
from aviation.telemetry.record import EventKind, EventLevel, VehicleType
from tests.telemetry.log_bytes import DataflashBytes, copter_log


def with_ev(log: DataflashBytes, *events: tuple[int, int]) -> DataflashBytes:
    """Adds event numbers at boot milliseconds."""
    log.declare("EV", "QB", "TimeUS,Id")
    for time_ms, number in events:
        log.add("EV", time_ms * 1_000, number)
    return log


def test_every_format_character_is_read() -> None:
    log = DataflashBytes()
    characters = "bBhHiIqQfdcCeELM"
    log.declare("ALL", characters, ",".join(characters))
    log.add("ALL", -1, 1, -2, 2, -3, 3, -4, 4, 0.5, 0.25, -150, 150, -250, 250, 473_977_417, 7)
    table = read_dataflash_file(bytes(log)).tables["ALL"]
    values = [table.numbers(character) for character in characters]
    expected = [-1, 1, -2, 2, -3, 3, -4, 4, 0.5, 0.25, -1.5, 1.5, -2.5, 2.5, 47.3977417, 7]
    assert [float(column[0]) for column in values if column is not None] == pytest.approx(expected)


def test_half_precision_is_read() -> None:
    log = DataflashBytes()
    log.parts.append(bytes(DataflashBytes().declare("HLF", "B", "v", number=9))[89:])
    content = bytes(log).replace(b"\x09\x04HLF\0B\0", b"\x09\x05HLF\0g\0")
    content += b"\xa3\x95\x09" + np.array([1.5], dtype="<f2").tobytes()
    values = read_dataflash_file(content).tables["HLF"].numbers("v")
    assert values is not None
    assert values.tolist() == [1.5]


def test_declaration_whose_length_does_not_fit_is_ignored() -> None:
    log = DataflashBytes().declare("BAD", "BB", "a,b", number=7)
    content = bytes(log).replace(b"\x07\x05BAD", b"\x07\x09BAD") + b"\xa3\x95\x07\x01\x02"
    assert "BAD" not in read_dataflash_file(content).tables


def test_declarations_alone_are_no_log() -> None:
    with pytest.raises(UnreadableLog) as caught:
        read_log_bytes(bytes(DataflashBytes().declare("ATT", "Q", "TimeUS")))
    assert caught.value.code == "header_only"


def test_gps_week_time_is_not_boot_time() -> None:
    log = copter_log()
    log.declare("GPS", "BIHBcLLeI", "Status,TimeMS,Week,NSats,HDop,Lat,Lng,Alt,T")
    for row in range(10):
        week_ms, boot_ms = 604_000_000 + row * 200, 2_000 + row * 200
        log.add("GPS", 3, week_ms, 1_871, 9, 150, -353_600_000, 1_491_600_000, 58_000, boot_ms)
    record = read_log_bytes(bytes(log))
    assert record.series["latitude"].time_s[0] == pytest.approx(2.0)
    assert record.duration_s < 10
    assert record.boot_at is not None
    assert record.boot_at.isoformat().startswith("2015-11-21T23:46:21")


def test_gps_without_boot_time_is_timed_by_its_place_in_the_file() -> None:
    log = DataflashBytes().declare("GPS", "BIHBcLLe", "Status,TimeMS,Week,NSats,HDop,Lat,Lng,Alt")
    log.declare("ATT", "Icc", "TimeMS,Roll,Pitch")
    for row in range(30):
        log.add("ATT", 1_000 + row * 100, 0, 0)
        if row % 10 == 5:
            log.add(
                "GPS", 3, 604_000_000 + row * 100, 1_871, 9, 150, -353_600_000, 1_491_600_000, 0
            )
    times = read_log_bytes(bytes(log)).series["latitude"].time_s
    assert times == pytest.approx([1.5, 2.5, 3.5])


@pytest.mark.parametrize(
    ("characters", "volts", "amperes"), [("Ihh", 1_654, 2_118), ("Iff", 16.54, 21.18)]
)
def test_voltage_is_in_volts_whatever_the_firmware_wrote(
    characters: str, volts: float, amperes: float
) -> None:
    log = copter_log().declare("CURR", characters, "TimeMS,Volt,Curr")
    for row in range(5):
        log.add("CURR", 1_000 + row * 100, volts, amperes)
    series = read_log_bytes(bytes(log)).series
    assert series["battery_voltage_v"].values[0] == pytest.approx(16.54)
    assert series["battery_current_a"].values[0] == pytest.approx(21.18)


def test_battery_at_zero_volts_is_no_battery() -> None:
    log = copter_log().declare("BAT", "Qfff", "TimeUS,Volt,Curr,CurrTot")
    for row in range(5):
        log.add("BAT", 1_000_000 + row * 100_000, 0.0, 3.0, 5.0)
    series = read_log_bytes(bytes(log)).series
    assert "battery_voltage_v" not in series
    assert "battery_consumed_mah" not in series


def test_variance_that_overflowed_is_still_positive() -> None:
    log = copter_log().declare("EKF4", "Iccccccc", "TimeMS,SV,SP,SH,SMX,SMY,SMZ,SVT")
    log.add("EKF4", 1_000, -2_768, 50, 10, 300, 400, 0, 0)
    series = read_log_bytes(bytes(log)).series
    assert series["ekf_velocity_ratio"].values[0] == pytest.approx(627.68)
    assert series["ekf_compass_ratio"].values[0] == pytest.approx(5.0)


def test_clipping_is_summed_over_the_sensors_in_old_and_new_logs() -> None:
    old = copter_log().declare("VIBE", "QfffIII", "TimeUS,VibeX,VibeY,VibeZ,Clip0,Clip1,Clip2")
    old.add("VIBE", 2_000_000, 1, 2, 3, 4, 5, 6)
    new = copter_log().declare("VIBE", "QBfffI", "TimeUS,IMU,VibeX,VibeY,VibeZ,Clip")
    new.add("VIBE", 2_000_000, 0, 1, 2, 3, 4).add("VIBE", 2_000_000, 1, 1, 2, 3, 11)
    for log in (old, new):
        series = read_log_bytes(bytes(log)).series
        assert series["clipping_count"].values.tolist() == [15.0]
        assert series["vibration_z_ms2"].values.tolist() == [3.0]


def test_only_the_first_instance_of_a_sensor_counts() -> None:
    log = copter_log().declare("BAT", "QBf", "TimeUS,Inst,Volt")
    for row in range(5):
        log.add("BAT", 1_000_000 + row * 100_000, 1, 50.0)
        log.add("BAT", 1_000_000 + row * 100_000, 0, 12.0)
    assert set(read_log_bytes(bytes(log)).series["battery_voltage_v"].values) == {12.0}


def test_angles_past_a_half_turn_are_brought_back() -> None:
    log = DataflashBytes().declare("ATT", "Qcc", "TimeUS,Roll,Pitch")
    log.add("ATT", 1_000_000, -18_105, 0)
    assert read_log_bytes(bytes(log)).series["roll_deg"].values[0] == pytest.approx(178.95)


@pytest.mark.parametrize("name", ["Chan", "Ch", "C"])
def test_outputs_are_found_by_each_of_their_names(name: str) -> None:
    log = copter_log().parameters({"SERVO1_FUNCTION": 34.0, "SERVO3_FUNCTION": 33.0})
    log.declare("RCOU", "QHHH", f"TimeUS,{name}1,{name}2,{name}3")
    for row in range(20):
        log.add("RCOU", 1_000_000 + row * 100_000, 1_200 + row, 1_300 + row, 1_500 + row)
    series = read_log_bytes(bytes(log)).series
    motors = {name for name in series if name.startswith("motor")}
    assert motors == {"motor_output_us_1", "motor_output_us_2"}
    assert series["motor_output_us_1"].values[0] == 1_500
    assert series["motor_output_us_2"].values[0] == 1_200


def test_motors_without_parameters_are_the_outputs_that_move() -> None:
    log = copter_log().add("MSG", b"Frame: QUAD").declare("RCOU", "QHHHHH", "TimeUS,C1,C2,C3,C4,C5")
    for row in range(40):
        log.add("RCOU", 1_000_000 + row * 100_000, *[1_200 + 10 * row] * 4, 1_500)
    motors = [n for n in read_log_bytes(bytes(log)).series if n.startswith("motor")]
    assert motors == [f"motor_output_us_{number}" for number in range(1, 5)]


def test_motor_of_an_old_plane_is_the_output_that_follows_its_throttle() -> None:
    log = DataflashBytes().declare("MSG", "Z", "Message").add("MSG", b"ArduPlane V3.7.0")
    log.declare("CTUN", "Qh", "TimeUS,ThrOut").declare("RCOU", "QHHH", "TimeUS,C1,C2,C3")
    for row in range(40):
        time_us, throttle = 1_000_000 + row * 100_000, 2 * row
        log.add("CTUN", time_us, throttle)
        log.add("RCOU", time_us, 1_500 + 50 * (row % 2), 1_500, 1_000 + 10 * throttle)
    series = read_log_bytes(bytes(log)).series
    assert [name for name in series if name.startswith("motor")] == ["motor_output_us_1"]
    assert series["motor_output_us_1"].source == "RCOU.C3"


def test_height_counts_from_the_place_of_take_off() -> None:
    log = copter_log().declare("BARO", "Qf", "TimeUS,Alt")
    for row in range(30):
        log.add("BARO", 1_000_000 + row * 100_000, 5.0 + row)
    with_ev(log, (2_000, 10), (2_000, 28))
    height = read_log_bytes(bytes(log)).series["height_m"]
    assert height.at(np.array([2.0, 3.0])) == pytest.approx([0.0, 10.0])


def test_quadplane_is_a_vtol() -> None:
    log = DataflashBytes().parameters({"Q_ENABLE": 1.0}).declare("MSG", "Z", "Message")
    log.add("MSG", b"ArduPlane V4.0.9").declare("ATT", "Qcc", "TimeUS,Roll,Pitch")
    log.add("ATT", 1_000_000, 0, 0)
    record = read_log_bytes(bytes(log))
    assert record.vehicle_type is VehicleType.VTOL
    assert record.firmware == "ArduPlane 4.0.9"


@pytest.mark.parametrize(
    ("message", "vehicle_type", "mode"),
    [
        (b"APM:Copter V3.3", VehicleType.MULTIROTOR, "Loiter"),
        (b"ArduPlane V4.0", VehicleType.FIXED_WING, "Fly by wire A"),
        (b"ArduRover V4.0", VehicleType.ROVER, "Loiter"),
        (b"ArduSub V4.0", VehicleType.UNKNOWN, "Mode 5"),
    ],
)
def test_mode_names_depend_on_the_vehicle(
    message: bytes, vehicle_type: VehicleType, mode: str
) -> None:
    log = DataflashBytes().declare("MSG", "Z", "Message").add("MSG", message)
    log.declare("MODE", "QMB", "TimeUS,Mode,ModeNum").add("MODE", 1_000_000, 5, 5)
    log.declare("ATT", "Qcc", "TimeUS,Roll,Pitch").add("ATT", 1_000_000, 0, 0)
    record = read_log_bytes(bytes(log))
    assert record.vehicle_type is vehicle_type
    assert [e.code for e in record.events if e.kind is EventKind.MODE] == [mode]


def test_error_records_become_errors_failsafes_and_recoveries() -> None:
    log = copter_log().declare("ERR", "QBB", "TimeUS,Subsys,ECode")
    for number, code in ((12, 1), (6, 1), (6, 0), (11, 2), (24, 1), (200, 3)):
        log.add("ERR", 2_000_000, number, code)
    found = [
        (event.kind, event.code, event.text)
        for event in read_log_bytes(bytes(log)).events
        if event.kind in (EventKind.ERROR, EventKind.FAILSAFE, EventKind.RECOVERED)
    ]
    assert found == [
        (EventKind.ERROR, "crash_check", "Crash check: crash"),
        (EventKind.FAILSAFE, "battery", "Battery failsafe"),
        (EventKind.RECOVERED, "battery", "Battery failsafe: resolved"),
        (EventKind.ERROR, "gps_glitch", "GPS: glitch"),
        (EventKind.ERROR, "ekf_core", "Estimator core 2 took over"),
        (EventKind.ERROR, "error_200", "Error record 200"),
    ]


def test_change_of_estimator_core_is_only_a_warning() -> None:
    log = copter_log().declare("ERR", "QBB", "TimeUS,Subsys,ECode").add("ERR", 2_000_000, 24, 0)
    events = [e for e in read_log_bytes(bytes(log)).events if e.kind is EventKind.ERROR]
    assert [event.level for event in events] == [EventLevel.WARNING]


def test_events_switch_arming_and_flight() -> None:
    log = with_ev(copter_log(), (2_000, 10), (3_000, 28), (4_000, 18), (5_000, 11))
    series = read_log_bytes(bytes(log)).series
    assert series["is_armed"].time_s.tolist() == [1.0, 2.0, 5.0]
    assert series["is_armed"].values.tolist() == [0.0, 1.0, 0.0]
    assert series["is_flying"].time_s.tolist() == [1.0, 3.0, 4.0, 5.0]


def test_log_that_begins_armed_is_armed_from_its_begin() -> None:
    log = with_ev(copter_log(), (4_000, 11))
    assert read_log_bytes(bytes(log)).series["is_armed"].values.tolist() == [1.0, 0.0]


def test_plane_tells_flight_by_its_status() -> None:
    log = copter_log().declare("STAT", "QBB", "TimeUS,isFlying,Armed")
    log.add("STAT", 1_000_000, 0, 1).add("STAT", 2_000_000, 1, 1)
    assert read_log_bytes(bytes(log)).series["is_flying"].values.tolist() == [0.0, 1.0]


def test_hdop_of_9999_means_no_data() -> None:
    log = copter_log().declare("GPS", "QBBcLLe", "TimeUS,Status,NSats,HDop,Lat,Lng,Alt")
    log.add("GPS", 1_000_000, 1, 3, 9_999, 0, 0, 0).add(
        "GPS", 2_000_000, 3, 9, 120, 10**7, 10**7, 5
    )
    record = read_log_bytes(bytes(log))
    assert record.series["gps_hdop"].values.tolist() == [1.2]
    assert record.series["gps_fix_type"].values.tolist() == [1.0, 3.0]
    assert record.series["latitude"].time_s.tolist() == [2.0]
    assert record.notes == ()
