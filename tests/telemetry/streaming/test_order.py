"""I12: what a sender's numbers say of the order, where its clock went back."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from django.utils import timezone

from aviation.flights.models import FlightSession
from aviation.telemetry.models import StreamedFlight
from aviation.telemetry.streaming.finishing import finish_stream
from aviation.telemetry.streaming.order import as_sent
from aviation.telemetry.streaming.records import stored_record
from tests.conftest import Cast
from tests.telemetry.streaming.build import flown, points, silent_for, streamed
from tests.telemetry.streaming.test_finishing import QUIET

NUMBERS = np.arange(10.0)


def test_piece_after_a_jump_back_follows_the_piece_before_it() -> None:
    time_s = np.array([-3_600.0, -3_599, -3_598, 0, 1, 2, 3])
    rows, moved_s = as_sent(time_s, np.array([4.0, 5, 6, 0, 1, 2, 3]))
    assert rows.tolist() == [3, 4, 5, 6, 0, 1, 2]
    assert moved_s.tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_several_jumps_add_up() -> None:
    sent_s = np.array([100.0, 101, 50, 51, 20, 21])
    order = np.argsort(sent_s)
    rows, moved_s = as_sent(sent_s[order], NUMBERS[:6][order])
    assert moved_s.tolist() == [100, 101, 102, 103, 104, 105]
    assert NUMBERS[:6][order][rows].tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "sequence",
    [
        np.array([0.0, 1, 2, 3]),
        np.array([2.0, 3, 0, np.nan]),
        np.array([2.0, 3, 2, 3]),
        np.array([3.0, 2, 1, 0]),
    ],
    ids=["in order", "one missing", "began again", "nothing but jumps"],
)
def test_times_stay_where_the_numbers_tell_nothing(sequence: np.ndarray) -> None:
    time_s = np.array([0.0, 10, 20, 30])
    rows, kept_s = as_sent(time_s, sequence)
    assert rows.tolist() == [0, 1, 2, 3]
    assert kept_s is time_s


def test_jitter_of_the_clock_is_no_jump() -> None:
    rows, _ = as_sent(np.array([0.0, 0.9, 1.0, 2.0]), np.array([0.0, 2, 1, 3]))
    assert rows.tolist() == [0, 1, 2, 3]


def jumped_back(table: pa.Table, at: int, back: timedelta) -> pa.Table:
    """The sender numbers its points; its clock goes back once, at the given point."""
    moments = np.asarray(table["timestamp"].cast(pa.int64())).copy()
    moments[at:] -= round(back / timedelta(microseconds=1))
    stamps = pa.array(moments).cast(table["timestamp"].type)
    numbered = table.set_column(0, "timestamp", stamps)
    return numbered.append_column("sequence", pa.array(np.arange(len(moments))))


def test_flight_whose_clock_went_back_an_hour_is_finished_in_the_order_it_was_sent(
    in_alpha: Cast,
) -> None:
    now = timezone.now()
    straight = points(flown(), now - timedelta(seconds=130))
    table = jumped_back(straight, straight.num_rows // 2, timedelta(hours=1))
    stream = streamed(in_alpha, table)
    assert (stream.point_count, stream.jump_count) == (straight.num_rows, 1)
    silent_for(stream, QUIET, now=now)
    assert finish_stream(flight_id=stream.pk, at=now)
    record = stored_record(
        FlightSession.objects.get(),
        (stream.first_point_at, stream.last_point_at),
        has_jumps=True,
    )
    assert record is not None
    assert record.duration_s == pytest.approx(100, abs=1)
    height = np.asarray(straight["height_m"].drop_null())
    np.testing.assert_allclose(record.series["height_m"].values, height, atol=1e-3)
    finished = StreamedFlight.objects.get()
    assert finished.finished_count == straight.num_rows
    clock = next(p for p in finished.session.quality.parts if p["name"] == "clock")
    assert "the clock went back once" in clock["sentence"]
    gaps = next(p for p in finished.session.quality.parts if p["name"] == "gaps")
    assert gaps["score"] == 100
