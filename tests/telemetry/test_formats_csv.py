"""Tables of samples: names, units, times, and what is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from aviation.telemetry.channels import spec_of
from aviation.telemetry.formats import UnreadableLog, read_log, read_log_bytes
from aviation.telemetry.formats.csv_columns import NAMES, UNITS, understand
from aviation.telemetry.record import ClockSource, FlightRecord, NoteKind
from tests.telemetry.log_bytes import csv_bytes
from tests.telemetry.sample_logs import sample_log


def notes(record: FlightRecord) -> list[str]:
    return [note.text for note in record.notes]


def only_value(header: str, value: object) -> tuple[str, float]:
    """The one channel that a table with this header and value holds, and its first value."""
    record = read_log_bytes(csv_bytes(f"time_s;{header}", [(0, value), (1, value)], ";"))
    ((name, series),) = record.series.items()
    return name, float(series.values[0])


@pytest.mark.parametrize(
    ("header", "value", "channel", "expected"),
    [
        ("Altitude (ft)", 1_000, "altitude_m", 304.8),
        ("altitude[m]", 10, "altitude_m", 10),
        ("ALT_FT", 100, "altitude_m", 30.48),
        ("height", 7, "height_m", 7),
        ("speed (km/h)", 36, "ground_speed_ms", 10),
        ("Ground Speed [kt]", 10, "ground_speed_ms", 5.144444),
        ("groundspeed mph", 10, "ground_speed_ms", 4.4704),
        ("airspeed", 12, "airspeed_ms", 12),
        ("climb_fpm", 196.85, "vertical_speed_ms", 1.0),
        ("Roll (rad)", 1, "roll_deg", 57.29578),
        ("pitch", 5, "pitch_deg", 5),
        ("heading", 350, "yaw_deg", 350),
        ("Voltage [mV]", 12_600, "battery_voltage_v", 12.6),
        ("current", 3, "battery_current_a", 3),
        ("Battery %", 80, "battery_percentage", 80),
        ("satellites", 9, "gps_satellites", 9),
        ("motor_3_rpm", 5_000, "motor_rpm_3", 5_000),
        ("rpm2", 5_000, "motor_rpm_2", 5_000),
        ("RPM", 5_000, "motor_rpm_1", 5_000),
        ("vibration_x_ms2", 4, "vibration_x_ms2", 4),
    ],
)
def test_header_names_a_channel_and_a_unit(
    header: str, value: float, channel: str, expected: float
) -> None:
    assert only_value(header, value) == (channel, pytest.approx(expected, rel=1e-5))


@pytest.mark.parametrize("header", ["", "foo", "alt_volts", "roll_m", "x" * 200, "motor_rpm_0"])
def test_other_headers_are_not_understood(header: str) -> None:
    assert understand(header) is None


def test_every_known_name_belongs_to_one_channel() -> None:
    names = [name for channel in NAMES.values() for name in channel]
    assert len(names) == len(set(names))
    assert {spec_of(channel).unit for channel in NAMES} - {""} <= set(UNITS)


@pytest.mark.parametrize(
    ("header", "times", "expected"),
    [
        ("time_s", [0, 0.5], [0, 0.5]),
        ("time_ms", [100, 600], [0.1, 0.6]),
        ("timestamp_us", [1_000_000, 1_500_000], [1, 1.5]),
        ("time", [0.25, 0.75], [0.25, 0.75]),
        ("Time", ["12:00:00", "12:00:00.5"], [43_200, 43_200.5]),
    ],
)
def test_relative_times_are_seconds(
    header: str, times: list[object], expected: list[float]
) -> None:
    record = read_log_bytes(csv_bytes(f"{header},roll", [(time, 1) for time in times]))
    assert record.series["roll_deg"].time_s == pytest.approx(expected)
    assert record.boot_at is None
    assert record.clock_source is ClockSource.NONE


@pytest.mark.parametrize(
    ("step", "unit"), [(1, "seconds"), (100, "milliseconds"), (100_000, "microseconds")]
)
def test_unit_of_whole_numbers_is_guessed_and_said(step: int, unit: str) -> None:
    record = read_log_bytes(csv_bytes("timestamp,roll", [(row * step, 1) for row in range(10)]))
    assert notes(record) == [f"The time column names no unit; it was read as {unit}."]
    assert record.duration_s == pytest.approx(9 if unit == "seconds" else 0.9)


@pytest.mark.parametrize(
    "first",
    [
        "2024-05-01T12:00:00Z",
        "2024-05-01 14:00:00+02:00",
        "2024/05/01 12:00:00.000",
        1_714_564_800,
        1_714_564_800_000,
        1_714_564_800_000_000,
        1_714_564_800_000_000_000,
    ],
)
def test_wall_clock_times_give_the_date(first: object) -> None:
    record = read_log_bytes(csv_bytes("datetime,roll", [(first, 1), (first, 2)]))
    assert record.boot_at is not None
    assert abs(record.boot_at - datetime(2024, 5, 1, 12, tzinfo=UTC)) < timedelta(milliseconds=1)
    assert record.start_s == 0.0
    assert record.clock_source is ClockSource.LOG
    assert record.clock_uncertainty_s == 1.0


def test_dates_without_a_zone_are_read_as_utc_and_it_is_said() -> None:
    record = read_log_bytes(csv_bytes("datetime,roll", [("2024-05-01 12:00:00", 1)]))
    assert notes(record) == ["The dates name no time zone; they were read as UTC."]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_told_apart(delimiter: str, line_end: str) -> None:
    lines = ["time_s,roll,pitch", "0,1,2", "1,3,4", ""]
    content = line_end.join(lines).replace(",", delimiter).encode()
    assert read_log_bytes(content).series["pitch_deg"].values.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings_are_told_apart(encoding: str) -> None:
    content = "time_s;roll (°)\n0;1\n1;2\n".encode(encoding)
    assert read_log_bytes(content).series["roll_deg"].values.tolist() == [1.0, 2.0]


def test_decimal_comma_is_read() -> None:
    content = b"time_s;voltage\n0,5;12,25\n1,5;12,5\n"
    series = read_log_bytes(content).series["battery_voltage_v"]
    assert series.time_s.tolist() == [0.5, 1.5]
    assert series.values.tolist() == [12.25, 12.5]


def test_remarks_above_the_header_are_passed_over() -> None:
    content = b"# made by a program\n\nPilot, Jo\ntime_s,roll,pitch\n0,1,2\n"
    assert read_log_bytes(content).series["roll_deg"].values.tolist() == [1.0]


def test_values_that_are_no_numbers_are_left_out_alone_and_counted() -> None:
    values = ["1", "nan", "inf", "x", "", "-inf", "2"]
    rows = [(row, value, 5) for row, value in enumerate(values)]
    record = read_log_bytes(csv_bytes("time_s,altitude,roll", rows))
    assert record.series["altitude_m"].values.tolist() == [1.0, 2.0]
    assert record.series["roll_deg"].time_s.size == 7
    assert notes(record) == ["4 values were left out of altitude above sea level: not a number."]


def test_impossible_values_are_left_out_and_counted() -> None:
    rows = [(0, 12.0), (1, -5.0), (2, 5_000.0), (3, 12.1)]
    record = read_log_bytes(csv_bytes("time_s,voltage", rows))
    assert record.series["battery_voltage_v"].values.tolist() == [12.0, 12.1]
    assert notes(record) == ["2 values were left out of battery voltage: outside what is possible."]


def test_position_is_left_out_when_half_of_it_is_impossible() -> None:
    rows = [(0, 47, 8), (1, 95, 8), (2, 47, 200), (3, 47, 9)]
    series = read_log_bytes(csv_bytes("time_s,lat,lon", rows)).series
    assert series["latitude"].time_s.tolist() == [0.0, 3.0]
    assert series["longitude"].time_s.tolist() == [0.0, 3.0]


def test_swapped_latitude_and_longitude_are_exchanged_and_it_is_said() -> None:
    record = read_log_bytes(csv_bytes("time_s,lat,lon", [(0, 149.1, -35.3), (1, 149.2, -35.4)]))
    assert record.series["latitude"].values.tolist() == [-35.3, -35.4]
    assert record.series["longitude"].values.tolist() == [149.1, 149.2]
    assert [note.kind for note in record.notes] == [NoteKind.REPAIRED]


def test_times_that_repeat_or_run_backward_are_left_out_and_counted() -> None:
    rows = [(0, 1), (1, 2), (1, 3), (0.5, 4), (2, 5), (3, 6)]
    record = read_log_bytes(csv_bytes("time_s,roll", rows))
    assert record.series["roll_deg"].time_s.size == 4
    assert (np.diff(record.series["roll_deg"].time_s) > 0).all()
    assert notes(record) == ["2 rows were left out: the time is repeated or runs backward."]


def test_rows_of_a_wrong_length_are_left_out_and_counted() -> None:
    record = read_log_bytes(b"time_s,roll\n0,1\n1,2,3\n2\n3,4\n")
    assert record.series["roll_deg"].time_s.tolist() == [0.0, 3.0]
    assert notes(record) == ["2 rows were left out: too many or too few fields."]


def test_states_become_events() -> None:
    rows = [(0, 0, 0), (1, 1, 0), (2, 1, 1), (3, 1, 0), (4, 0, 0)]
    record = read_log_bytes(csv_bytes("time_s,armed,flying", rows))
    assert [(event.time_s, event.text) for event in record.events] == [
        (1.0, "Armed"),
        (2.0, "Took off"),
        (3.0, "Landed"),
        (4.0, "Disarmed"),
    ]


def test_unknown_columns_are_named() -> None:
    record = read_log_bytes(csv_bytes("time_s,roll,colour,mood", [(0, 1, "red", "good")]))
    assert notes(record) == ["Columns that we do not know were left out: colour, mood."]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"x,y\n1,2\n", "no_time", "no time column. Its columns are: x, y."),
        (b"time_s,x\n1,2\n", "no_columns", "They are: time_s, x."),
        (b"time_s,roll\n", "header_only", "nothing below it"),
        (b"time_s\n1\n2\n", "no_columns", "They are: time_s."),
        (b"Dear diary\nwe flew today\n", "not_a_log", "it looks like plain text"),
        (b"time_s," + b"x," * 200_000 + b"\n1,2\n", "not_a_log", "more than 2,000 columns"),
        (b"time_s,roll" + b"l" * 70_000 + b"\n1,2\n", "not_a_log", "lines are far too long"),
        (b"time_s,roll\nsoon,1\nlater,2\n", "no_time", "The time column (time_s) holds no times"),
        (b"time_s,roll\n0,\n1,\n", "no_samples", "holds no samples"),
    ],
)
def test_table_without_a_flight_is_refused_in_plain_words(
    content: bytes, code: str, words: str
) -> None:
    with pytest.raises(UnreadableLog) as caught:
        read_log_bytes(content)
    assert caught.value.code == code
    assert words in str(caught.value)


@pytest.mark.parametrize("number", [1, 10, 100])
def test_real_table_without_time_names_its_columns(number: int) -> None:
    with pytest.raises(UnreadableLog, match="x_estimate, y_estimate, z_estimate") as caught:
        read_log(sample_log(f"crazyflie/Real_path_{number}.csv"))
    assert caught.value.code == "no_time"


def test_table_longer_than_a_block_is_read_whole() -> None:
    rows = [(row / 100, row % 90) for row in range(200_000)]
    record = read_log_bytes(csv_bytes("time_s,roll", rows))
    assert record.series["roll_deg"].time_s.size == 200_000
    assert record.end_s == pytest.approx(1_999.99)


@pytest.mark.parametrize(
    ("header", "times"),
    [
        ("time_s", [f"{n}" for n in range(60)]),
        ("time", [f"2026-05-04T09:30:{n:02}Z" for n in range(60)]),
        ("timestamp", [f"{1_780_000_000 + n}" for n in range(60)]),
    ],
)
def test_table_sorted_newest_first_is_read_as_if_turned_round(
    header: str, times: list[str]
) -> None:
    lines = [f"{time},{100 + n}" for n, time in enumerate(times)]
    forward = read_log_bytes("\n".join([f"{header},altitude_m", *lines]).encode())
    backward = read_log_bytes("\n".join([f"{header},altitude_m", *lines[::-1]]).encode())
    assert backward.boot_at == forward.boot_at
    for part in ("time_s", "values"):
        one, other = (getattr(record.series["altitude_m"], part) for record in (forward, backward))
        np.testing.assert_array_equal(one, other)
    assert "sorted newest first" in " ".join(note.text for note in backward.notes)
    assert "newest first" not in " ".join(note.text for note in forward.notes)
