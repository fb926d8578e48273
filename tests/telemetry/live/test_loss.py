"""Lost messages, heartbeat gaps and clocks."""

from __future__ import annotations

import random

import pytest

from aviation.telemetry.live.clock import VehicleClock
from aviation.telemetry.live.heartbeats import GAP_S, Heartbeats
from aviation.telemetry.live.merging import RowMerger
from aviation.telemetry.live.sequences import SequenceCount

NOW_S = 1_790_000_000.0


def counted(numbers: list[int], step_s: float = 0.02) -> SequenceCount:
    count = SequenceCount()
    for i, number in enumerate(numbers):
        count.note(number % 256, i * step_s)
    return count


def test_every_missing_number_is_one_lost_message() -> None:
    sent = list(range(5_000))
    lost = set(random.Random(3).sample(sent[1:-1], 700))
    count = counted([number for number in sent if number not in lost])
    assert (count.received, count.lost, count.repeated) == (4_300, 700, 0)


def test_late_message_is_not_lost() -> None:
    count = counted([10, 11, 13, 14, 12, 15])
    assert (count.received, count.lost, count.repeated) == (6, 0, 0)


def test_message_that_comes_twice_counts_once() -> None:
    count = SequenceCount()
    answers = [count.note(number, 0.0) for number in (1, 2, 2, 3, 2)]
    assert answers == [True, True, False, True, False]
    assert (count.received, count.lost, count.repeated) == (3, 0, 2)


def test_long_silence_counts_what_its_numbers_tell() -> None:
    count = counted([5])
    count.note(205, 60.0)
    assert count.lost == 199


def test_restart_is_no_loss() -> None:
    count = counted([90, 91, 93])
    count.confirm()
    count.note(0, 20.0)
    count.restart()
    count.note(1, 20.1)
    assert count.lost == 1


def test_gap_in_heartbeats_is_noticed_while_it_lasts_and_measured_when_it_ends() -> None:
    heartbeats = Heartbeats()
    assert heartbeats.beat(0.0) is None
    assert heartbeats.beat(1.0) is None
    assert not heartbeats.check(1.0 + GAP_S)
    assert heartbeats.check(1.1 + GAP_S)
    assert not heartbeats.check(2.0 + GAP_S)  # told already
    assert heartbeats.beat(9.5) == pytest.approx(8.5)
    assert (heartbeats.gaps, heartbeats.longest_gap_s) == (1, pytest.approx(8.5))


def test_nothing_is_missed_before_the_first_heartbeat() -> None:
    assert not Heartbeats().check(1e6)


def test_clock_goes_by_the_quickest_arrival_until_the_vehicle_knows() -> None:
    clock = VehicleClock()
    for boot_s, delay_s in ((10.0, 0.4), (10.2, 0.05), (10.4, 0.3)):
        clock.note(boot_s, NOW_S + boot_s + delay_s)
    assert clock.utc_s(0.0) == pytest.approx(NOW_S + 0.05, abs=0.06)
    clock.note_utc(NOW_S - 2.0, 11.0, NOW_S + 11.0)
    clock.note(12.0, NOW_S + 12.0)
    assert clock.is_own
    assert clock.utc_s(11.0) == pytest.approx(NOW_S - 2.0)


@pytest.mark.parametrize("said_s", [0.0, 1e9, NOW_S + 3_600])
def test_time_that_no_point_could_carry_is_not_believed(said_s: float) -> None:
    clock = VehicleClock()
    clock.note(5.0, NOW_S)
    clock.note_utc(said_s, 5.0, NOW_S)
    assert not clock.is_own
    assert clock.utc_s(5.0) == pytest.approx(NOW_S)


def test_messages_of_one_slot_become_one_row_at_its_position() -> None:
    merger = RowMerger()
    merger.add({"roll_deg": 1.0}, 10.01, 0.0)
    merger.add({"latitude": 46.0, "longitude": 8.0}, 10.05, 0.04)
    merger.add({"roll_deg": 2.0}, 10.15, 0.15)
    merger.add_untimed({"battery_voltage_v": 22.0}, 10.17, 0.16)
    merger.add({"roll_deg": 3.0}, 10.21, 0.2)
    (row,) = merger.take()
    assert row.time_s == 10.05
    assert row.values == {
        "roll_deg": 2.0,
        "latitude": 46.0,
        "longitude": 8.0,
        "battery_voltage_v": 22.0,
    }


def test_fifty_messages_a_second_become_five_rows() -> None:
    merger = RowMerger()
    for i in range(500):
        merger.add({"roll_deg": float(i)}, 20.0 + i / 50, i / 50)
    merger.close()
    rows = merger.take()
    assert len(rows) == 50
    assert [row.time_s for row in rows] == sorted({row.time_s for row in rows})


def test_message_for_a_row_that_is_complete_is_counted_and_left_out() -> None:
    merger = RowMerger()
    merger.add({"roll_deg": 1.0}, 10.0, 0.0)
    merger.check(5.0)
    merger.add({"roll_deg": 2.0}, 10.1, 5.1)
    assert merger.late == 1
    assert [row.values for row in merger.take()] == [{"roll_deg": 1.0}]
