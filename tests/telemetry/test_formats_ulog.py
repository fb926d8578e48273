"""PX4 logs: the container and what its topics become."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from aviation.telemetry.formats import UnreadableLog, read_log_bytes
from aviation.telemetry.formats.motors import moving_outputs
from aviation.telemetry.formats.ulog_format import Definitions
from aviation.telemetry.formats.ulog_reader import read_ulog_file
from aviation.telemetry.record import Autopilot, ClockSource, EventKind, EventLevel, VehicleType
from tests.telemetry.log_bytes import ATTITUDE, BATTERY, STATUS, UlogBytes, attitude_log, ulog_entry

GPS = (
    "vehicle_gps_position:uint64_t timestamp;uint64_t time_utc_usec;int32_t lat;int32_t lon;"
    "int32_t alt;float eph;uint8_t fix_type;uint8_t satellites_used;"
)
OUTPUTS = "actuator_outputs:uint64_t timestamp;uint32_t noutputs;float[16] output;"
LANDED = "vehicle_land_detected:uint64_t timestamp;bool landed;"


def codes(log: UlogBytes, kind: EventKind) -> list[str]:
    return [event.code for event in read_log_bytes(bytes(log)).events if event.kind is kind]


def test_nested_arrays_are_found_without_padding() -> None:
    definitions = Definitions()
    definitions.add("inner:uint8_t a;float b;uint8_t[3] _padding0;")
    definitions.add("outer:uint64_t timestamp;inner[2] item;uint8_t[4] _padding0;")
    place = definitions.locate("outer", "item[1].b")
    assert place is not None
    assert (place.offset, place.code) == (8 + 8 + 1, "<f4")
    assert definitions.logged_size("outer") == 8 + 16
    assert list(definitions.scalar_paths("outer")) == [
        "timestamp",
        "item[0].a",
        "item[0].b",
        "item[1].a",
        "item[1].b",
    ]


@pytest.mark.parametrize("path", ["item[2].b", "item.c", "timestamp[0]", "", "item[1]"])
def test_fields_that_are_not_there_are_not_found(path: str) -> None:
    definitions = Definitions()
    definitions.add("inner:uint8_t a;float b;")
    definitions.add("outer:uint64_t timestamp;inner[2] item;")
    assert definitions.locate("outer", path) is None


def test_definition_that_contains_itself_has_no_size() -> None:
    definitions = Definitions()
    definitions.add("snake:uint8_t a;snake[2] tail;")
    assert definitions.size("snake") is None


def test_definition_that_explodes_has_no_size() -> None:
    definitions = Definitions()
    for depth in range(10):
        definitions.add(f"level{depth}:level{depth + 1}[60000] item;")
    definitions.add("level10:uint8_t a;")
    assert definitions.size("level0") is None


def test_every_instance_of_a_topic_is_kept_apart() -> None:
    log = UlogBytes().define(BATTERY)
    first, second = log.subscribe("battery_status", 0), log.subscribe("battery_status", 1)
    log.data(first, "Q3fB", 1_000_000, 12.0, 1.0, 0.5, 1)
    log.data(second, "Q3fB", 1_000_000, 24.0, 1.0, 0.5, 1)
    file = read_ulog_file(bytes(log))
    volts = [file.topics["battery_status", instance].column("voltage_v") for instance in (0, 1)]
    assert [float(column[0]) for column in volts if column is not None] == [12.0, 24.0]


def test_appended_data_is_read_where_the_flags_say() -> None:
    log = UlogBytes().define(ATTITUDE)
    flags = bytes(8) + b"\x01" + bytes(7)
    body = attitude_log(3)
    tail = b"".join(body.parts[3:])
    offset = len(log.parts[0]) + 43 + sum(map(len, body.parts[1:3])) + 7
    content = (
        log.parts[0]
        + struct.pack("<HB", 40, ord("B"))
        + flags
        + struct.pack("<3Q", offset, 0, 0)
        + b"".join(body.parts[1:3])
        + b"\xff" * 7
        + tail
    )
    assert read_log_bytes(content).series["roll_deg"].time_s.size == 3


def test_newer_container_is_refused() -> None:
    log = UlogBytes().add("B", bytes(8) + b"\x02" + bytes(31))
    with pytest.raises(UnreadableLog) as caught:
        read_log_bytes(bytes(log))
    assert caught.value.code == "newer_format"


def test_header_alone_is_no_log() -> None:
    with pytest.raises(UnreadableLog) as caught:
        read_log_bytes(bytes(UlogBytes().define(ATTITUDE)))
    assert caught.value.code == "header_only"


def test_attitude_comes_from_quaternions() -> None:
    log = UlogBytes().define(ATTITUDE)
    number = log.subscribe("vehicle_attitude")
    half = np.radians(30.0) / 2
    log.data(number, "Q4f", 1_000_000, np.cos(half), np.sin(half), 0.0, 0.0)
    log.data(number, "Q4f", 1_100_000, np.cos(half), 0.0, np.sin(half), 0.0)
    log.data(number, "Q4f", 1_200_000, np.cos(half), 0.0, 0.0, np.sin(half))
    series = read_log_bytes(bytes(log)).series
    angles = [series[f"{axis}_deg"].values for axis in ("roll", "pitch", "yaw")]
    assert np.stack(angles) == pytest.approx(np.diag([30.0, 30.0, 30.0]), abs=1e-4)


def test_information_and_parameters_are_kept() -> None:
    log = attitude_log().information("ver_hw", "PX4_FMU_V5").parameter("MAV_TYPE", 2.0)
    log.parts.append(ulog_entry("I", "uint32_t ver_sw_release", struct.pack("<I", 0x010C03FF)))
    record = read_log_bytes(bytes(log))
    assert record.autopilot is Autopilot.PX4
    assert record.hardware == "PX4_FMU_V5"
    assert record.firmware == "PX4 1.12.3"
    assert record.parameters == {"MAV_TYPE": 2.0}
    assert record.vehicle_type is VehicleType.MULTIROTOR


def test_modes_and_arming_become_events() -> None:
    log = UlogBytes().define(STATUS)
    number = log.subscribe("vehicle_status")
    for row, (arming, mode) in enumerate([(1, 2), (2, 2), (2, 3), (1, 3)]):
        log.data(number, "QBB", 1_000_000 * (row + 1), arming, mode)
    assert codes(log, EventKind.MODE) == ["Position", "Mission"]
    events = read_log_bytes(bytes(log)).events
    times = {event.kind: event.time_s for event in events if event.kind is not EventKind.MODE}
    assert times == {EventKind.ARMED: 2.0, EventKind.DISARMED: 4.0}


def test_logged_texts_keep_their_level_and_lose_their_colours() -> None:
    log = attitude_log().text(1_500_000, "\x1b[32mReady\x1b[0m").text(1_600_000, "Engine", "3")
    events = [e for e in read_log_bytes(bytes(log)).events if e.kind is EventKind.MESSAGE]
    assert [(e.text, e.level) for e in events] == [
        ("Ready", EventLevel.INFO),
        ("Engine", EventLevel.CRITICAL),
    ]


def test_failsafe_names_the_flag_raised_just_before_it() -> None:
    log = UlogBytes().define(
        "vehicle_status:uint64_t timestamp;uint8_t nav_state;bool failsafe;bool rc_signal_lost;"
    )
    number = log.subscribe("vehicle_status")
    for row, (failsafe, lost) in enumerate([(0, 0), (0, 1), (1, 1), (0, 0)]):
        log.data(number, "Q3B", 1_000_000 * (row + 1), 2, failsafe, lost)
    log.define(ATTITUDE).data(log.subscribe("vehicle_attitude"), "Q4f", 1_000_000, 1, 0, 0, 0)
    assert codes(log, EventKind.FAILSAFE) == ["radio"]
    assert codes(log, EventKind.RECOVERED) == ["radio"]


def test_clock_comes_from_good_fixes_only() -> None:
    boot = datetime(2024, 5, 1, 10, tzinfo=UTC)
    log = UlogBytes().define(GPS)
    number = log.subscribe("vehicle_gps_position")
    for row in range(5):
        fix = 3 if row > 2 else 0
        stated = boot if fix else boot - timedelta(days=900)
        utc_us = int((stated.timestamp() + row + 1) * 1e6)
        position = (473_977_417, 85_455_938, 488_000)
        log.data(number, "2Q3if2B", 1_000_000 * (row + 1), utc_us, *position, 1.0, fix, 9)
    record = read_log_bytes(bytes(log))
    assert record.boot_at is not None
    assert abs(record.boot_at - boot) < timedelta(milliseconds=1)
    assert record.clock_source is ClockSource.GPS
    assert record.series["latitude"].time_s.tolist() == [4.0, 5.0]
    assert record.series["latitude"].values[0] == pytest.approx(47.3977417)
    assert record.series["altitude_m"].values[0] == pytest.approx(488.0)


def test_receiver_that_never_saw_a_satellite_has_no_channels() -> None:
    log = attitude_log().define(GPS)
    number = log.subscribe("vehicle_gps_position")
    for row in range(5):
        log.data(number, "2Q3if2B", 1_000_000 + row * 100_000, 0, 0, 0, 0, 4.29e6, 0, 0)
    assert not {name for name in read_log_bytes(bytes(log)).series if name.startswith("gps")}


def test_battery_without_voltage_is_no_battery() -> None:
    log = attitude_log().define(BATTERY)
    number = log.subscribe("battery_status")
    for row in range(5):
        log.data(number, "Q3fB", 1_000_000 + row * 100_000, 0.0, -1.0, 0.0, 1)
    assert not {name for name in read_log_bytes(bytes(log)).series if name.startswith("battery")}


def test_unmeasured_current_is_left_out_without_a_word() -> None:
    log = UlogBytes().define(BATTERY)
    number = log.subscribe("battery_status")
    for row in range(5):
        log.data(number, "Q3fB", 1_000_000 + row * 100_000, 12.0, -1.0, 0.5, 1)
    record = read_log_bytes(bytes(log))
    assert set(record.series) == {"battery_voltage_v", "battery_percentage"}
    assert record.notes == ()


def quad_with_outputs(outputs: list[list[float]]) -> UlogBytes:
    """A quadrotor in the air whose output groups change from sample to sample."""
    log = UlogBytes().define(OUTPUTS).define(LANDED).parameter("MAV_TYPE", 2.0)
    groups = [log.subscribe("actuator_outputs", group) for group in range(2)]
    landed = log.subscribe("vehicle_land_detected")
    log.data(landed, "QB", 1_000_000, 0)
    for row in range(40):
        for group in groups:
            values = [value + (row % 20) * step for value, step in zip(*outputs, strict=True)]
            row_values = values if group == 1 else [0.0] * 16
            log.data(group, "QI16f", 1_000_000 + row * 50_000, 16, *row_values)
    return log


def test_outputs_that_stand_still_are_no_motors() -> None:
    base = [1_200.0] * 4 + [900.0, 1_500.0] + [0.0] * 10
    log = quad_with_outputs([base, [15.0] * 4 + [0.0] * 12])
    series = read_log_bytes(bytes(log)).series
    motors = [name for name in series if name.startswith("motor_output")]
    assert motors == [f"motor_output_us_{number}" for number in range(1, 5)]
    assert series["motor_output_us_1"].source == "actuator_outputs.output[0]"


def test_switched_output_is_no_motor() -> None:
    flight = np.ones(100, dtype=bool)
    switched = np.where(np.arange(100) < 50, 1_000.0, 2_000.0)
    motor = 1_200.0 + 3.0 * np.arange(100)
    trembling = 1_500.0 + 0.1 * np.arange(100)
    outputs = np.stack((switched, motor, trembling), axis=1)
    assert moving_outputs(outputs, flight) == [1]


def test_output_that_moves_only_on_the_ground_is_no_motor() -> None:
    outputs = np.stack((1_200.0 + np.arange(100), 1_200.0 + np.arange(100)), axis=1)
    outputs[50:, 0] = 900.0
    assert moving_outputs(outputs, np.arange(100) >= 50) == [1]


def test_motor_of_a_plane_is_the_output_that_follows_its_throttle() -> None:
    log = UlogBytes().define(OUTPUTS).parameter("MAV_TYPE", 1.0)
    log.define("actuator_controls_0:uint64_t timestamp;float[8] control;")
    outputs = log.subscribe("actuator_outputs")
    controls = log.subscribe("actuator_controls_0")
    for row in range(40):
        time_us, throttle = 1_000_000 + row * 50_000, row / 40
        log.data(controls, "Q8f", time_us, 0.0, 0.0, 0.0, throttle, *[0.0] * 4)
        surfaces = [1_500.0 + 100 * (row % 2), 1_500.0]
        log.data(outputs, "QI16f", time_us, 4, *surfaces, 1_000 + 900 * throttle, *[0.0] * 13)
    series = read_log_bytes(bytes(log)).series
    assert [name for name in series if name.startswith("motor")] == ["motor_output_us_1"]
    assert series["motor_output_us_1"].source == "actuator_outputs.output[2]"


def local_position_log(*landed: tuple[int, int]) -> UlogBytes:
    """Climbs a metre a second; the land detector speaks at the given microseconds."""
    log = UlogBytes().define("vehicle_local_position:uint64_t timestamp;float z;").define(LANDED)
    number, detector = log.subscribe("vehicle_local_position"), log.subscribe(LANDED[:21])
    for time_us, is_landed in landed:
        log.data(detector, "QB", time_us, is_landed)
    for row in range(100):
        log.data(number, "Qf", 1_000_000 + row * 100_000, -0.1 * row)
    return log


@pytest.mark.parametrize(
    ("landed", "zero_s"),
    [
        (((1_000_000, 1), (3_000_000, 0), (6_000_000, 1)), 3.0),
        (((1_000_000, 0), (6_000_000, 1)), 6.0),
        (((1_000_000, 0),), 1.0),
    ],
)
def test_height_counts_from_where_it_stood(
    landed: tuple[tuple[int, int], ...], zero_s: float
) -> None:
    height = read_log_bytes(bytes(local_position_log(*landed))).series["height_m"]
    assert float(height.at(np.array([zero_s]))[0]) == pytest.approx(0.0, abs=1e-4)


def test_uavcan_commands_become_pulse_lengths() -> None:
    log = quad_with_outputs([[4_000.0] * 4 + [0.0] * 12, [150.0] * 4 + [0.0] * 12])
    values = read_log_bytes(bytes(log)).series["motor_output_us_1"].values
    assert values[0] == pytest.approx(1_000 + 1_000 * 4_000 / 8_191)


def test_stray_sample_minutes_away_does_not_stretch_the_log() -> None:
    log = attitude_log(200)
    log.data(0, "Q4f", 1_200_000_000, 1.0, 0.0, 0.0, 0.0)
    record = read_log_bytes(bytes(log))
    assert record.duration_s == pytest.approx(19.9)
    assert record.notes[0].text == "1 sample was left out: minutes away from all others."


def test_state_from_before_the_log_holds_from_its_begin() -> None:
    log = attitude_log(50, start_us=12_000_000)
    log.define(LANDED).data(log.subscribe("vehicle_land_detected"), "QB", 2_000_000, 1)
    record = read_log_bytes(bytes(log))
    assert record.start_s == 12.0
    assert record.series["is_flying"].time_s.tolist() == [12.0]


def test_quiet_stretch_becomes_a_gap() -> None:
    log = attitude_log(20)
    for row in range(20):
        log.data(0, "Q4f", 10_000_000 + row * 100_000, 1.0, 0.0, 0.0, 0.0)
    assert read_log_bytes(bytes(log)).gaps == ((pytest.approx(2.9), pytest.approx(10.0)),)


def test_dropouts_are_noted() -> None:
    log = attitude_log().add("O", struct.pack("<H", 1_500)).add("O", struct.pack("<H", 500))
    note = read_log_bytes(bytes(log)).notes[0]
    assert note.text == "The logger fell behind 2 times and lost 2.0 s in all."


def test_wrongly_stamped_samples_are_left_out_and_the_rest_kept() -> None:
    log = UlogBytes().define(ATTITUDE)
    number = log.subscribe("vehicle_attitude")
    for row in range(50):
        time_us = 2**60 if row in (10, 30) else 1_000_000 + row * 100_000
        log.data(number, "Q4f", time_us, 1.0, 0.0, 0.0, 0.0)
    times = read_log_bytes(bytes(log)).series["roll_deg"].time_s
    assert times.size == 48
    assert times[-1] == pytest.approx(5.9)


def test_vibration_of_old_firmware_is_not_taken_for_acceleration() -> None:
    log = attitude_log().define("estimator_status:uint64_t timestamp;float[3] vibe;")
    number = log.subscribe("estimator_status")
    log.data(number, "Q3f", 1_000_000, 0.1, 0.1, 0.1)
    assert "vibration_metric_ms2" not in read_log_bytes(bytes(log)).series
