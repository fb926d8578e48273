"""Damaged files: what can be read is kept and said, and nothing but UnreadableLog is raised."""

from __future__ import annotations

import random
import struct
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aviation.telemetry.channels import spec_of
from aviation.telemetry.formats import UnreadableLog, read_log_bytes
from aviation.telemetry.record import FlightRecord
from tests.telemetry.log_bytes import (
    BATTERY,
    STATUS,
    DataflashBytes,
    UlogBytes,
    attitude_log,
    copter_log,
    csv_bytes,
    ulog_entry,
    ulog_message,
)
from tests.telemetry.sample_logs import ARDUPILOT_LOGS, PX4_LOGS, sample_log


def px4_log() -> bytes:
    """A small ULog with every kind of message."""
    log = UlogBytes().define(STATUS).define(BATTERY).parameter("MAV_TYPE", 2.0)
    log.information("ver_hw", "BOARD").text(1_000_000, "hello")
    status, battery = log.subscribe("vehicle_status"), log.subscribe("battery_status")
    for row in range(12):
        log.data(status, "QBB", 1_000_000 + row * 100_000, 2, row // 4)
        log.data(battery, "Q3fB", 1_000_000 + row * 100_000, 12.0 - row / 10, 3.0, 0.5, 1)
        if row % 4 == 0:
            log.sync()
    return bytes(log.add("O", struct.pack("<H", 20)))


def ardupilot_log() -> bytes:
    log = copter_log(12).parameters({"BATT_CAPACITY": 5_000.0}).declare("EV", "QB", "TimeUS,Id")
    log.declare("BAT", "Qfff", "TimeUS,Volt,Curr,CurrTot").add("EV", 1_200_000, 10)
    for row in range(12):
        log.add("BAT", 1_000_000 + row * 100_000, 12.0, 3.0, 10.0 * row)
    return bytes(log.add("EV", 1_900_000, 11))


def table_log() -> bytes:
    rows = [(row / 10, 47.0 + row / 1_000, 8.0, 12.1) for row in range(12)]
    return csv_bytes("time_s,latitude,longitude,voltage", rows)


LOGS: dict[str, Callable[[], bytes]] = {
    "px4": px4_log,
    "ardupilot": ardupilot_log,
    "table": table_log,
}


def read_or_refuse(content: bytes) -> FlightRecord | None:
    """The record, checked for what every record promises; None when the file is refused."""
    try:
        record = read_log_bytes(content)
    except UnreadableLog:
        return None
    assert record.series
    for name, series in record.series.items():
        spec = spec_of(name)
        assert series.time_s.shape == series.values.shape
        assert (np.diff(series.time_s) > 0).all()
        assert np.isfinite(series.values).all()
        assert spec.lower is None or series.values.min() >= spec.lower
        assert spec.upper is None or series.values.max() <= spec.upper
        assert record.start_s <= series.time_s[0]
        assert series.time_s[-1] <= record.end_s
    return record


@pytest.mark.parametrize("kind", LOGS)
def test_log_cut_at_any_byte_is_read_or_refused(kind: str) -> None:
    content = LOGS[kind]()
    for length in range(len(content)):
        read_or_refuse(content[:length])


edits = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=40)), min_size=1, max_size=6
)


@pytest.mark.parametrize("kind", LOGS)
@settings(max_examples=150, deadline=None)
@given(edits=edits)
@example(edits=[(0.5, 0, b"\xa3\x95\x80" * 10)])
@example(edits=[(0.9, 9, b"\xff" * 9)])
def test_log_with_bytes_replaced_is_read_or_refused(
    kind: str, edits: list[tuple[float, int, bytes]]
) -> None:
    content = bytearray(LOGS[kind]())
    for share, removed, inserted in edits:
        start = int(share * len(content))
        content[start : start + removed] = inserted
    read_or_refuse(bytes(content))


@settings(max_examples=150, deadline=None)
@given(
    head=st.sampled_from(
        [b"", b"ULog\x01\x12\x35\x01" + bytes(8), b"\xa3\x95\x80", b"time,roll\n"]
    ),
    body=st.binary(max_size=400),
)
def test_any_bytes_are_read_or_refused(head: bytes, body: bytes) -> None:
    read_or_refuse(head + body)


def test_cut_log_says_how_far_it_was_kept() -> None:
    record = read_log_bytes(bytes(attitude_log(50))[:-5])
    assert [note.text for note in record.notes] == [
        "The last 24 bytes are cut off: everything up to 5.8 s was kept."
    ]


def test_cut_ardupilot_log_says_how_far_it_was_kept() -> None:
    record = read_log_bytes(bytes(copter_log(50))[:-5])
    assert [note.text for note in record.notes] == [
        "The last 18 bytes are cut off: everything up to 5.8 s was kept."
    ]


def test_ulog_goes_on_after_damage_at_the_next_message() -> None:
    log = attitude_log(50)
    log.parts[20] = b"\xff" * len(log.parts[20])
    record = read_log_bytes(bytes(log))
    assert record.series["roll_deg"].time_s.size == 49
    assert record.notes[0].text == "The file is damaged in 1 place: 29 bytes were left out."


def test_ulog_goes_on_after_damage_at_a_synchronization_mark() -> None:
    log = attitude_log(1)
    log.parts.append(b"\xff" * 50)
    log.sync().parameter("LATE", 1.0)
    assert read_log_bytes(bytes(log)).parameters == {"LATE": 1.0}


def test_ulog_goes_on_after_damage_among_the_definitions() -> None:
    log = UlogBytes().parameter("A", 1.0).parameter("B", 2.0).parameter("C", 3.0)
    log.parts[2] = b"\xfe" + log.parts[2][1:]
    attitudes = attitude_log(10)
    record = read_log_bytes(bytes(log) + b"".join(attitudes.parts[1:]))
    assert record.parameters == {"A": 1.0, "C": 3.0}
    assert record.series["roll_deg"].time_s.size == 10


def test_ulog_goes_on_after_damage_at_a_subscription() -> None:
    log = attitude_log(10)
    log.parts.insert(2, b"\xfe" * 30)
    assert read_log_bytes(bytes(log)).series["roll_deg"].time_s.size == 10


def test_ardupilot_log_goes_on_after_damage() -> None:
    log = copter_log(50)
    log.parts[20] = b"\xff" * 7 + log.parts[20][7:]
    record = read_log_bytes(bytes(log))
    assert record.series["roll_deg"].time_s.size == 49


def test_ardupilot_log_goes_on_after_damage_at_a_declaration() -> None:
    log = copter_log(50)
    log.parts.insert(3, b"\x00" * 30)
    assert read_log_bytes(bytes(log)).series["roll_deg"].time_s.size == 50


def test_message_before_inserted_rubbish_is_kept() -> None:
    log = copter_log(50)
    log.parts.insert(20, b"\x00" * 100)
    record = read_log_bytes(bytes(log))
    assert record.series["roll_deg"].time_s.size == 50
    assert record.notes[0].text == "The file is damaged in 1 place: 100 bytes were left out."


def test_message_that_another_one_cuts_short_is_dropped() -> None:
    log = copter_log(50)
    log.parts[20] = log.parts[20][:20]
    assert read_log_bytes(bytes(log)).series["roll_deg"].time_s.size == 49


@pytest.mark.parametrize("name", PX4_LOGS + ARDUPILOT_LOGS)
def test_real_log_survives_cuts(name: str) -> None:
    content = sample_log(name).read_bytes()[:700_000]
    chance = random.Random(name)
    for _ in range(12):
        read_or_refuse(content[: chance.randrange(1, len(content))])


@pytest.mark.parametrize("name", PX4_LOGS + ARDUPILOT_LOGS)
def test_one_wrong_byte_costs_a_real_log_next_to_nothing(name: str) -> None:
    content = sample_log(name).read_bytes()[:1_000_000]
    whole = read_or_refuse(content)
    if whole is None:
        pytest.skip("the first megabyte of this log holds no samples")
    chance = random.Random(name)
    for _ in range(8):
        damaged = bytearray(content)
        damaged[chance.randrange(16, len(content))] ^= chance.randrange(1, 256)
        record = read_or_refuse(bytes(damaged))
        assert record is not None
        assert sample_count(record) > 0.95 * sample_count(whole)


def sample_count(record: FlightRecord) -> int:
    return sum(series.time_s.size for series in record.series.values())


def many_tiny_facts() -> bytes:
    entries = (ulog_entry("I", f"int32_t a{number}", b"abcd") for number in range(15_000))
    return bytes(UlogBytes()) + b"".join(entries)


def many_definitions() -> bytes:
    texts = (ulog_message("F", b"a%d:int8_t b;" % number) for number in range(15_000))
    return bytes(UlogBytes()) + b"".join(texts)


def definitions_that_explode() -> bytes:
    log = UlogBytes()
    for depth in range(30):
        log.define(f"a{depth}:" + f"a{depth + 1}[60000] x;" * 20)
    return bytes(log.define("a30:uint8_t x;")) + ulog_message("A", b"\0\0\0a0") * 1_000


def many_subscriptions() -> bytes:
    log = UlogBytes().define(BATTERY)
    for number in range(15_000):
        log.add("A", struct.pack("<BH", number % 256, number) + b"battery_status")
    return bytes(log)


def many_texts() -> bytes:
    return bytes(UlogBytes()) + ulog_message("L", b"6" + bytes(8) + b"x") * 15_000


def broken_again_and_again() -> bytes:
    log = attitude_log(1)
    pair = b"".join(attitude_log(2).parts[3:])
    return bytes(log) + (pair + b"\xff\xff\xffD\xff") * 1_500


def nothing_but_data_marks() -> bytes:
    return bytes(attitude_log(1)) + b"D" * 100_000


def many_switches() -> bytes:
    log = DataflashBytes().declare("EV", "B", "Id", number=1)
    return bytes(log) + b"\xa3\x95\x01\x0a\xa3\x95\x01\x0b" * 40_000


def many_headers() -> bytes:
    return bytes(copter_log(2)) + b"\xa3\x95\x80" * 100_000


def many_columns() -> bytes:
    return (",".join(["time", *(f"a{number}" for number in range(50_000))]) + "\n1\n").encode()


def endless_line() -> bytes:
    return b"time,roll\n" + b"1" * 400_000


def empty_cells() -> bytes:
    return b"time,roll,pitch,yaw\n" + b"1,,,\n" * 60_000


HOSTILE = (
    many_tiny_facts,
    many_definitions,
    definitions_that_explode,
    many_subscriptions,
    many_texts,
    broken_again_and_again,
    nothing_but_data_marks,
    many_switches,
    many_headers,
    many_columns,
    endless_line,
    empty_cells,
)


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_hostile_file_takes_no_more_than_a_few_times_its_size(make: Callable[[], bytes]) -> None:
    content = make()
    tracemalloc.start()
    try:
        read_or_refuse(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * len(content) + 1_000_000
