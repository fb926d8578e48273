"""Our ULog writer, read back by the reference reader pyulog."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyulog import ULog

from aviation.telemetry.simulation.ulog_writer import (
    LoggedText,
    LogLevel,
    Topic,
    TopicFormat,
    ULogContent,
    write_ulog,
)

CELL = TopicFormat("cell:uint32_t serial;float volts;uint8_t[4] _padding0;")
PACK = TopicFormat(
    "pack:uint64_t timestamp;double energy;float[2] amperes;int16_t kelvin;bool on;cell[2] cells;",
    nested=(CELL,),
)
TICK = TopicFormat("tick:uint64_t timestamp;uint8_t count;")


def _written(**changes: object) -> bytes:
    rows = PACK.rows(3, timestamp=[1_000_100, 1_000_200, 1_000_300], energy=[0.1, 0.2, 0.3])
    rows["amperes"] = [[1, 2], [3, 4], [5, 6]]
    rows["kelvin"], rows["on"] = -5, [True, False, True]
    rows["cells"]["serial"] = [[7, 8]] * 3
    rows["cells"]["volts"] = [[3.5, 3.25]] * 3
    content = {
        "start_us": 1_000_000,
        "information": {"sys_name": "PX4", "ver_sw_release": 0xF10F00FF, "offset": -3},
        "parameters": {"A_COUNT": -4, "A_LIMIT": 0.25},
        "topics": [Topic(PACK, rows)],
        "texts": [LoggedText(1_000_150, LogLevel.WARNING, "low µ")],
    }
    file = io.BytesIO()
    write_ulog(file, ULogContent(**(content | changes)))  # type: ignore[arg-type]
    return file.getvalue()


def _read(data: bytes) -> ULog:
    return ULog(io.BytesIO(data))


def test_header_has_the_magic_the_version_and_the_start_time() -> None:
    assert _written()[:16] == b"ULog\x01\x12\x35\x01" + struct.pack("<Q", 1_000_000)


def test_first_message_holds_empty_flag_bits() -> None:
    assert _written()[16:59] == struct.pack("<HB", 40, ord("B")) + bytes(40)


def test_file_is_read_without_corruption() -> None:
    log = _read(_written())
    assert not log.file_corruption
    assert log.start_timestamp == 1_000_000
    assert log.last_timestamp == 1_000_300


def test_information_keeps_its_types() -> None:
    information = _read(_written()).msg_info_dict
    assert information == {"sys_name": "PX4", "ver_sw_release": 0xF10F00FF, "offset": -3}


def test_parameters_keep_their_types() -> None:
    assert _read(_written()).initial_parameters == {"A_COUNT": -4, "A_LIMIT": 0.25}


def test_texts_keep_time_level_and_letters() -> None:
    (text,) = _read(_written()).logged_messages
    assert (text.timestamp, text.log_level_str(), text.message) == (1_000_150, "WARNING", "low µ")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("energy", [0.1, 0.2, 0.3]),
        ("amperes[1]", [2, 4, 6]),
        ("kelvin", [-5, -5, -5]),
        ("on", [1, 0, 1]),
        ("cells[0].serial", [7, 7, 7]),
        ("cells[1].volts", [3.25, 3.25, 3.25]),
    ],
)
def test_fields_are_read_back(field: str, values: list[float]) -> None:
    assert _read(_written()).get_dataset("pack").data[field].tolist() == values


def test_instances_of_one_topic_stay_apart() -> None:
    topics = [Topic(TICK, TICK.rows(2, timestamp=[5, 6], count=n), instance=n) for n in range(2)]
    log = _read(_written(topics=topics))
    assert [set(log.get_dataset("tick", n).data["count"]) for n in range(2)] == [{0}, {1}]


def test_messages_of_all_topics_are_in_the_order_of_time() -> None:
    early = TICK.rows(50, timestamp=np.arange(50) * 20 + 1_000_000)
    late = TICK.rows(50, timestamp=np.arange(50) * 20 + 1_000_007)
    data = _written(topics=[Topic(TICK, late), Topic(TICK, early, instance=1)], texts=[])
    times = _data_times(data)
    assert times == sorted(times)
    assert len(times) == 100


def test_topic_without_rows_is_announced_but_harmless() -> None:
    log = _read(_written(topics=[Topic(TICK, TICK.rows(0))]))
    assert not log.file_corruption
    assert log.data_list == []


def test_every_half_second_with_messages_begins_with_a_sync() -> None:
    ticks = TICK.rows(4, timestamp=[1_000_000, 1_200_000, 1_600_000, 9_000_000])
    data = _written(topics=[Topic(TICK, ticks)], texts=[])
    assert data.count(b"\x2f\x73\x13\x20\x25\x0c\xbb\x12") == 3
    assert data.index(b"\x2f\x73\x13") < data.index(struct.pack("<Q", 1_000_000), 16)


def test_damaged_stretch_costs_only_its_own_messages() -> None:
    ticks = TICK.rows(40, timestamp=1_000_000 + 100_000 * np.arange(40))
    data = bytearray(_written(topics=[Topic(TICK, ticks)], texts=[]))
    middle = data.index(struct.pack("<Q", 2_000_000))
    data[middle - 5 : middle - 2] = bytes(3)
    kept = _read(bytes(data)).get_dataset("tick").data["timestamp"]
    assert 30 <= len(kept) < 40
    assert kept[-1] == 4_900_000


def test_malformed_definition_is_refused() -> None:
    with pytest.raises(ValueError, match="not a field"):
        TopicFormat("bad:uint64_t timestamp;float[ x;").rows(1)


def test_unknown_column_is_refused() -> None:
    with pytest.raises(ValueError, match="speed"):
        TICK.rows(1, speed=3)


@settings(max_examples=40, deadline=None)
@given(
    times=st.lists(st.integers(0, 2**40), min_size=1, max_size=60, unique=True),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_rows_survive_the_round_trip(times: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = PACK.rows(len(times), timestamp=sorted(times), energy=rng.normal(size=len(times)))
    rows["amperes"] = rng.normal(size=(len(times), 2))
    read = _read(_written(start_us=0, topics=[Topic(PACK, rows)])).get_dataset("pack").data
    assert read["timestamp"].tolist() == sorted(times)
    assert read["energy"].tolist() == rows["energy"].tolist()
    assert read["amperes[0]"].tolist() == rows["amperes"][:, 0].tolist()


def _data_times(data: bytes) -> list[int]:
    """Timestamps of the data messages in the order of the file."""
    place, times = 16, []
    while place < len(data):
        size, kind = struct.unpack_from("<HB", data, place)
        if kind == ord("D"):
            times.append(struct.unpack_from("<Q", data, place + 5)[0])
        place += 3 + size
    return times
