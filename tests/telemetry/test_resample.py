"""Rows for storage, levels for charts, and tracks with few points."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aviation.telemetry.record import FlightRecord, Series
from aviation.telemetry.resample import (
    MAX_TRACK_ROWS,
    METRES_PER_DEGREE,
    overview_levels,
    simplify_track,
    to_rows,
)


def record_of(**channels: tuple[object, object]) -> FlightRecord:
    series = {
        name: Series(np.array(times, float), np.array(values, float))
        for name, (times, values) in channels.items()
    }
    first = min(one.time_s[0] for one in series.values())
    last = max(one.time_s[-1] for one in series.values())
    return FlightRecord("csv", series, start_s=float(first), end_s=float(last))


def test_fast_channel_is_thinned_to_ten_rows_a_second() -> None:
    times = np.arange(0.0, 10.0, 0.004)
    rows = to_rows(record_of(roll_deg=(times, times)))
    assert rows.num_rows == pytest.approx(100, abs=1)
    assert rows["time_s"].to_numpy() == pytest.approx(np.arange(rows.num_rows) / 10)
    assert rows["roll_deg"].to_numpy()[:100] == pytest.approx(np.arange(100) / 10, abs=1e-9)


def test_rate_can_be_chosen() -> None:
    times = np.arange(0.0, 10.0, 0.01)
    assert to_rows(record_of(roll_deg=(times, times)), rate_hz=2).num_rows == 21


def test_slow_channel_makes_no_more_rows_than_it_has_samples() -> None:
    times = np.arange(0.0, 10.0)
    assert to_rows(record_of(battery_voltage_v=(times, times))).num_rows == 10


def test_no_row_is_made_inside_a_gap() -> None:
    times = np.concatenate((np.arange(0.0, 2.0, 0.1), np.arange(7.0, 9.0, 0.1)))
    found = to_rows(record_of(roll_deg=(times, times)))["time_s"].to_numpy()
    assert not ((found > 2.0) & (found < 7.0)).any()


def test_slow_channel_is_interpolated_between_its_samples() -> None:
    fast, slow = np.arange(0.0, 4.0, 0.1), np.arange(0.0, 4.0, 0.5)
    rows = to_rows(record_of(roll_deg=(fast, fast), battery_voltage_v=(slow, slow)))
    values = rows["battery_voltage_v"].to_numpy()
    assert values[:36] == pytest.approx(np.arange(36) / 10)


def test_value_is_null_where_its_channel_has_no_sample_near() -> None:
    fast = np.arange(0.0, 10.0, 0.1)
    holed = fast[(fast < 3.0) | (fast > 7.0)]
    rows = to_rows(record_of(roll_deg=(fast, fast), pitch_deg=(holed, holed)))
    is_null = rows["pitch_deg"].is_null().to_numpy()
    found = rows["time_s"].to_numpy()
    assert is_null[(found > 3.2) & (found < 6.8)].all()
    assert not is_null[(found < 2.9) | (found > 7.2)].any()


def test_state_is_held_until_it_changes() -> None:
    fast = np.arange(0.0, 10.0, 0.1)
    rows = to_rows(record_of(roll_deg=(fast, fast), is_armed=([2.0, 6.0], [1.0, 0.0])))
    values = rows["is_armed"].to_pylist()
    assert values[:20] == [None] * 20
    assert values[20:60] == [1.0] * 40
    assert values[60:] == [0.0] * 40


def test_count_is_never_interpolated() -> None:
    fast, slow = np.arange(0.0, 4.0, 0.1), np.arange(0.0, 4.0, 1.0)
    rows = to_rows(record_of(roll_deg=(fast, fast), gps_satellites=(slow, [8, 12, 9, 11])))
    assert set(rows["gps_satellites"].to_numpy()) == {8.0, 9.0, 11.0, 12.0}


def test_count_is_null_where_the_receiver_is_silent() -> None:
    fast = np.arange(0.0, 10.0, 0.1)
    rows = to_rows(record_of(roll_deg=(fast, fast), gps_satellites=([0, 1, 2, 8, 9], [9] * 5)))
    values = rows["gps_satellites"].to_pylist()
    assert values[50] is None


@pytest.mark.parametrize(
    ("values", "middle"), [((350.0, 10.0), 0.0), ((-170.0, 170.0), -180.0), ((10.0, 30.0), 20.0)]
)
def test_heading_turns_the_short_way_round(values: tuple[float, float], middle: float) -> None:
    rows = to_rows(
        record_of(yaw_deg=([0.0, 0.2], values), roll_deg=([0.0, 0.1, 0.2], [0.0, 0.0, 0.0]))
    )
    assert rows["yaw_deg"].to_numpy()[1] == pytest.approx(middle)


def test_longitude_crosses_the_date_line_the_short_way() -> None:
    rows = to_rows(
        record_of(longitude=([0.0, 0.2], [179.9, -179.9]), roll_deg=([0.0, 0.1, 0.2], [0, 0, 0]))
    )
    assert abs(rows["longitude"].to_numpy()[1]) == pytest.approx(180.0)


def test_all_columns_are_numbers_under_canonical_names() -> None:
    times = np.arange(0.0, 1.0, 0.1)
    table = to_rows(record_of(motor_rpm_2=(times, times), is_armed=([0.0], [1.0])))
    assert table.column_names == ["time_s", "is_armed", "motor_rpm_2"]
    assert {str(kind) for kind in table.schema.types} == {"double"}
    assert table["time_s"].null_count == 0


def test_overview_of_few_samples_is_all_of_them() -> None:
    series = Series(np.arange(5.0), np.arange(5.0))
    assert overview_levels(series, max_points=10)[0].size == 5


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 5_000), max_points=st.integers(4, 500), seed=st.integers(0, 1_000_000))
def test_overview_keeps_extremes_order_and_its_limit(
    count: int, max_points: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    series = Series(np.cumsum(chance.uniform(0.01, 1, count)), chance.normal(size=count))
    time_s, values = overview_levels(series, max_points=max_points)
    assert time_s.size <= max(max_points, 4)
    assert (np.diff(time_s) > 0).all()
    assert values.min() == series.values.min()
    assert values.max() == series.values.max()
    assert (time_s[0], time_s[-1]) == (series.time_s[0], series.time_s[-1])


def test_single_spike_survives_every_overview() -> None:
    values = np.zeros(100_000)
    values[54_321] = 7.0
    _, kept = overview_levels(Series(np.arange(100_000.0), values), max_points=50)
    assert kept.max() == 7.0


def test_straight_track_needs_two_points() -> None:
    line = np.linspace(47.0, 47.1, 1_000)
    latitude, _, time_s = simplify_track(line, line, np.arange(1_000.0))
    assert latitude.tolist() == [47.0, 47.1]
    assert time_s.tolist() == [0.0, 999.0]


def test_corner_of_a_track_is_kept() -> None:
    latitude = np.concatenate((np.linspace(47, 47.01, 50), np.full(50, 47.01)))
    longitude = np.concatenate((np.full(50, 8.0), np.linspace(8, 8.01, 50)))
    kept = simplify_track(latitude, longitude, np.arange(100.0))
    assert kept[2].tolist() == [0.0, 49.0, 50.0, 99.0]


def test_moment_an_aircraft_slows_down_is_kept() -> None:
    latitude = 47 + np.concatenate((np.arange(50) * 1e-4, 49e-4 + np.arange(1, 51) * 1e-5))
    kept = simplify_track(latitude, np.full(100, 8.0), np.arange(100.0))
    assert kept[2].tolist() == [0.0, 49.0, 99.0]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1_000_000), tolerance_m=st.floats(0.5, 50))
def test_drawn_aircraft_is_within_the_tolerance_at_every_moment(
    seed: int, tolerance_m: float
) -> None:
    chance = np.random.default_rng(seed)
    latitude = 47 + np.cumsum(chance.normal(0, 2e-5, 300))
    longitude = 8 + np.cumsum(chance.normal(0, 2e-5, 300))
    time_s = np.arange(300.0)
    kept = simplify_track(latitude, longitude, time_s, tolerance_m=tolerance_m)
    rows = kept[2].astype(int)
    narrowing = np.cos(np.radians(0.5 * (latitude.min() + latitude.max())))
    points = np.stack((longitude * narrowing, latitude), axis=1) * METRES_PER_DEGREE
    for start, stop in pairwise(rows):
        along = points[stop] - points[start]
        offsets = points[start : stop + 1] - points[start]
        share = np.linspace(0, 1, stop - start + 1)
        away = np.linalg.norm(offsets - share[:, None] * along, axis=1)
        assert away.max() <= tolerance_m + 1e-6


def test_track_never_has_more_points_than_allowed() -> None:
    chance = np.random.default_rng(3)
    latitude, longitude = 47 + chance.normal(0, 0.01, (2, 5_000))
    kept = simplify_track(latitude, longitude, np.arange(5_000.0), max_points=100)
    assert kept[0].size == 100


def test_of_an_endless_track_only_every_nth_point_is_looked_at() -> None:
    count = 10 * MAX_TRACK_ROWS
    latitude, longitude = 47 + np.random.default_rng(5).normal(0, 0.01, (2, count))
    _, _, time_s = simplify_track(latitude, longitude, np.arange(float(count)), max_points=200)
    assert not np.mod(time_s[:-1], 10).any()
    assert time_s[-1] == count - 1


@pytest.mark.parametrize("count", [0, 1, 2])
def test_track_of_hardly_any_points_stays_as_it_is(count: int) -> None:
    points = np.arange(float(count))
    assert simplify_track(points, points, points)[0].size == count


def test_track_across_the_date_line_is_straight() -> None:
    longitude = (179.9 + 0.01 * np.arange(20) + 180) % 360 - 180
    latitude = np.zeros(20)
    kept = simplify_track(latitude, longitude, np.arange(20.0))
    assert kept[0].size == 2
