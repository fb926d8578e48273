"""Moving averages equal plain means, and batches leave no trace."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aviation.telemetry.reading.moving import moving_average
from aviation.telemetry.record import FloatArray


def plainly(rows: FloatArray, window_s: float) -> FloatArray:
    """The mean of each row's neighbourhood, one by one."""
    averaged = rows.copy()
    for place, moment in enumerate(rows[:, 0]):
        near = np.abs(rows[:, 0] - moment) <= window_s / 2
        for column in range(1, rows.shape[1]):
            values = rows[near, column]
            known = values[~np.isnan(values)]
            averaged[place, column] = known.mean() if known.size else np.nan
    return averaged


def history(rows: int, seed: int = 0) -> FloatArray:
    """Uneven seconds (in eighths, so that window edges are exact) with gaps in the values."""
    random = np.random.default_rng(seed)
    time_s = np.cumsum(random.integers(1, 9, rows)) / 8
    gappy = 4_000 + random.normal(size=rows)
    gappy[random.random(rows) < 0.4] = np.nan
    return np.column_stack([time_s, random.normal(size=rows), gappy])


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(1, 400),
    batch=st.integers(1, 120),
    window_s=st.sampled_from([0.25, 1.0, 7.5, 60.0, 1_000.0]),
    seed=st.integers(0, 1_000),
)
def test_equals_the_plain_mean_whatever_the_batches(
    rows: int, batch: int, window_s: float, seed: int
) -> None:
    whole = history(rows, seed)
    parts = [whole[start : start + batch] for start in range(0, rows, batch)]
    averaged = np.concatenate(list(moving_average(parts, window_s=window_s)))
    np.testing.assert_allclose(averaged, plainly(whole, window_s), rtol=1e-9, atol=1e-9)


def test_no_rows_give_no_averages() -> None:
    assert list(moving_average([], window_s=10)) == []


def test_value_that_is_missing_all_about_stays_missing() -> None:
    rows = np.array([[0.0, np.nan], [1.0, np.nan], [60.0, 5.0]])
    averaged = np.concatenate(list(moving_average([rows], window_s=10)))
    np.testing.assert_array_equal(averaged[:, 1], [np.nan, np.nan, 5.0])


def test_heading_turns_through_north() -> None:
    rows = np.array([[0.0, 350.0], [1.0, 20.0], [2.0, -10.0]])
    averaged = np.concatenate(list(moving_average([rows], window_s=10, headings=[1])))
    from_north = (averaged[:, 1] + 180) % 360 - 180
    assert from_north == pytest.approx([0.0, 0.0, 0.0], abs=0.2)
    assert (averaged[:, 1] >= 0).all()


def test_no_more_than_a_window_is_held() -> None:
    """Each batch is answered as soon as its windows are over."""
    asked = 0

    def batches() -> object:
        nonlocal asked
        for start in range(0, 100_000, 1_000):
            asked += 1
            yield np.column_stack([np.arange(start, start + 1_000) / 10, np.zeros(1_000)])

    averages = moving_average(batches(), window_s=20)  # type: ignore[arg-type]
    next(averages)
    assert asked == 1
    largest = max(len(each) for each in averages)
    assert largest <= 1_000 + 200
