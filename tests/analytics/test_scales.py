"""Round ticks, whatever the numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.scales import scale_for


@pytest.mark.parametrize(
    ("highest", "is_whole", "labels"),
    [
        (0, True, ["0", "1"]),
        (1, True, ["0", "1"]),
        (3, True, ["0", "1", "2", "3"]),
        (7, True, ["0", "2", "4", "6", "8"]),
        (20, False, ["0", "5", "10", "15", "20"]),
        (0.31, False, ["0.0", "0.1", "0.2", "0.3", "0.4"]),
        (0.04, False, ["0.00", "0.01", "0.02", "0.03", "0.04"]),
        (4_321, False, ["0", "2,000", "4,000", "6,000"]),
        (1, False, ["0.0", "0.5", "1.0"]),
    ],
)
def test_axis_has_round_ticks(highest: float, is_whole: bool, labels: list[str]) -> None:
    scale = scale_for(highest, 200, is_whole=is_whole)
    assert [scale.label(each) for each in scale.ticks()] == labels


def test_axis_grows_upwards_while_pixels_count_downwards() -> None:
    scale = scale_for(8, 200)
    assert [scale.down(each) for each in (0, 2, 8)] == [200, 150, 0]


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_axis_holds_its_highest_value_with_few_ticks(highest: float) -> None:
    scale = scale_for(highest, 200)
    assert scale.top >= highest * (1 - 1e-6)
    assert 2 <= len(scale.ticks()) <= 6
    assert len({scale.label(each) for each in scale.ticks()}) == len(scale.ticks())
