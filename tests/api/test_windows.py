"""Thinning a window: no peak is lost, no row is invented, and batches leave no trace."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aviation.common.errors import Rejected
from aviation.telemetry.record import FloatArray
from aviation.telemetry.windows import is_stored, stretch_rows, thin


def wave(rows: int) -> FloatArray:
    """Rows of time and two channels, one of which is missing now and then."""
    time_s = np.arange(rows) / 10
    gappy = np.cos(time_s)
    gappy[::7] = np.nan
    return np.column_stack([time_s, np.sin(time_s / 3), gappy])


def batches(rows: FloatArray, size: int) -> Iterator[FloatArray]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def test_a_single_spike_survives() -> None:
    rows = wave(10_000)
    rows[6_543, 1] = 99.0
    thinned = thin([rows], stretch=stretch_rows(10_000, channels=2, max_points=200))
    assert thinned[:, 1].max() == 99.0
    assert len(thinned) <= 200


def test_every_row_is_one_that_was_recorded() -> None:
    rows = wave(5_000)
    thinned = thin([rows], stretch=100)
    index = np.searchsorted(rows[:, 0], thinned[:, 0])
    np.testing.assert_array_equal(rows[index], thinned)
    assert (np.diff(index) > 0).all()


def test_first_and_last_row_stay() -> None:
    rows = wave(1_000)
    thinned = thin([rows], stretch=50)
    assert (thinned[0, 0], thinned[-1, 0]) == (rows[0, 0], rows[-1, 0])


def test_channel_without_values_costs_no_row() -> None:
    rows = wave(1_000)
    rows[:, 2] = np.nan
    assert len(thin([rows], stretch=100)) <= 2 * 10 + 2


@settings(deadline=None, max_examples=50)
@given(
    rows=st.integers(2, 3_000),
    batch=st.integers(1, 700),
    max_points=st.integers(6, 300),
)
def test_batches_leave_no_trace(rows: int, batch: int, max_points: int) -> None:
    whole = wave(rows)
    stretch = stretch_rows(rows, channels=2, max_points=max_points)
    thinned = thin(batches(whole, batch), stretch=stretch)
    np.testing.assert_array_equal(thinned, thin([whole], stretch=stretch))
    assert len(thinned) <= max_points


def test_too_few_points_for_the_channels_are_refused() -> None:
    with pytest.raises(Rejected, match="at least 22"):
        stretch_rows(1_000, channels=10, max_points=21)


@pytest.mark.parametrize("name", ["roll_deg", "motor_rpm_3", "ekf_velocity_ratio"])
def test_canonical_channels_are_stored(name: str) -> None:
    assert is_stored(name)


@pytest.mark.parametrize("name", ["warp_drive", "motor_rpm", "", "roll_deg_1", "motor_rpm_0"])
def test_other_names_are_not(name: str) -> None:
    assert not is_stored(name)
