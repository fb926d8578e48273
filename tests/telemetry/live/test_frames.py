"""Frames come out of datagrams whatever lies between them; no bytes raise."""

from __future__ import annotations

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as dialect

from aviation.telemetry.live.frames import FrameReader
from tests.telemetry.live.radio import Radio, attitude, heartbeat, position, supply


def kinds(frames: list) -> list[str]:
    return [frame.message.get_type() for frame in frames]


def test_several_frames_of_one_datagram_are_read() -> None:
    datagram = b"".join(Radio(7).frames(heartbeat(), attitude(1.0), position(1.0)))
    frames = FrameReader().read(datagram)
    assert kinds(frames) == ["HEARTBEAT", "ATTITUDE", "GLOBAL_POSITION_INT"]
    assert [(each.system, each.component, each.sequence) for each in frames] == [
        (7, 1, 0),
        (7, 1, 1),
        (7, 1, 2),
    ]


def test_frames_of_the_first_protocol_version_are_read() -> None:
    link = dialect.MAVLink(None, srcSystem=3, srcComponent=1)
    link.seq = 200
    raw = bytes(attitude(2.0).pack(link, force_mavlink1=True))
    assert raw[0] == 0xFE
    (frame,) = FrameReader().read(raw)
    assert (frame.system, frame.sequence, frame.message.time_boot_ms) == (3, 200, 2_000)


def test_frame_goes_on_in_the_next_datagram() -> None:
    reader = FrameReader()
    raw = Radio().frame(position(1.0))
    assert reader.read(raw[:9]) == []
    assert kinds(reader.read(raw[9:])) == ["GLOBAL_POSITION_INT"]
    assert reader.damaged_bytes == 0


def test_garbage_between_frames_costs_itself_only() -> None:
    noise = random.Random(5).randbytes(60)
    first, second, third = Radio().frames(heartbeat(), attitude(1.0), supply())
    reader = FrameReader()
    # 0xFD promises a frame that would reach over everything behind it.
    frames = reader.read(noise + first + b"\xfd\xff\x00" + second + b"\xfe" + third)
    assert kinds(frames) == ["HEARTBEAT", "ATTITUDE", "SYS_STATUS"]
    assert reader.damaged_bytes == len(noise) + 4


def test_frame_with_a_damaged_byte_is_left_out() -> None:
    first, second = Radio().frames(attitude(1.0), attitude(1.1))
    broken = bytearray(first)
    broken[15] ^= 0x40
    (frame,) = FrameReader().read(bytes(broken) + second)
    assert frame.sequence == 1


def test_message_of_an_unknown_kind_still_counts_in_the_sequence() -> None:
    raw = bytearray(Radio(4).frame(heartbeat()))
    raw[7:10] = b"\x10\x27\x01"  # a number that no message has
    (frame,) = FrameReader().read(bytes(raw))
    assert (frame.system, frame.sequence, frame.message) == (4, 0, None)


@given(st.lists(st.binary(max_size=400), max_size=6))
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise_and_none_are_lost_from_the_count(datagrams: list[bytes]) -> None:
    reader = FrameReader()
    for datagram in datagrams:
        reader.read(datagram)
    assert 0 <= reader.damaged_bytes <= sum(map(len, datagrams))


UNKNOWN_THAT_WOULD_END_WITH_THE_NEXT = b"\xfe%\0\0\0\x08" + bytes(11)


@given(st.binary(max_size=300))
@example(UNKNOWN_THAT_WOULD_END_WITH_THE_NEXT)
@settings(max_examples=200, deadline=None)
def test_valid_frame_is_found_behind_any_garbage(garbage: bytes) -> None:
    raw = Radio(9).frame(attitude(3.0))
    reader = FrameReader()
    reader.read(garbage)
    assert [each.system for each in reader.read(raw) if each.message is not None][-1:] == [9]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_flipped_bits_of_real_frames_raise_nothing(data: st.DataObject) -> None:
    raw = bytearray(b"".join(Radio().frames(heartbeat(), position(1.0), supply())))
    for at in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=8)):
        raw[at] = data.draw(st.integers(0, 255))
    FrameReader().read(bytes(raw))
