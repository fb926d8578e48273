"""Moving averages, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.calculations.moving import MONTH, WEEK, Moving, moving_averages

FLIGHTS_OF_TEN_DAYS = (3, 0, 0, 2, 1, 0, 1, 7, 0, 0)
BY_HAND = [
    # days 1-7: 3+0+0+2+1+0+1 = 7; 7/7
    ("7", "1.0000"),
    # days 2-8: 0+0+2+1+0+1+7 = 11; 11/7 = 1.571428...
    ("11", "1.5714"),
    # days 3-9: 0+2+1+0+1+7+0 = 11
    ("11", "1.5714"),
    # days 4-10: 2+1+0+1+7+0+0 = 11
    ("11", "1.5714"),
]


def decimals(numbers: Sequence[int]) -> list[Decimal]:
    return [Decimal(each) for each in numbers]


def test_seven_days_with_empty_ones_among_them() -> None:
    assert moving_averages(decimals(FLIGHTS_OF_TEN_DAYS), WEEK) == [
        Moving(Decimal(total), Decimal(average)) for total, average in BY_HAND
    ]


def test_thirty_days() -> None:
    numbers = [1] * 29 + [16, 0]
    # days 1-30: 29 + 16 = 45, 45/30 = 1.5; days 2-31: 28 + 16 + 0 = 44, 44/30 = 1.4666...
    averages = [each.average for each in moving_averages(decimals(numbers), MONTH)]
    assert averages == [Decimal("1.5000"), Decimal("1.4667")]


def test_half_of_the_last_place_is_rounded_up() -> None:
    # 0.00005 + 0 over 1 day, and 0.0001 over 2 days = 0.00005
    assert moving_averages([Decimal("0.0001"), Decimal(0)], 2)[0].average == Decimal("0.0001")


def test_seconds_are_averaged_in_hours() -> None:
    # 3600 + 0 + 1800 = 5400 s over 3 days: 1800 s a day, half an hour
    assert moving_averages(decimals([3_600, 0, 1_800]), 3, 3_600) == [
        Moving(Decimal(5_400), Decimal("0.5000"))
    ]


def test_no_average_without_a_whole_window() -> None:
    assert moving_averages(decimals([1] * 6), WEEK) == []
    assert moving_averages([], WEEK) == []


def test_window_of_no_day_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        moving_averages(decimals([1]), 0)


@given(st.lists(st.integers(0, 50), max_size=60), st.integers(1, 31))
def test_average_is_the_windows_sum_over_its_days(numbers: list[int], window: int) -> None:
    moving = moving_averages(decimals(numbers), window)
    assert len(moving) == max(len(numbers) - window + 1, 0)
    for start, each in enumerate(moving):
        expected = Fraction(sum(numbers[start : start + window]), window)
        assert abs(Fraction(each.average) - expected) <= Fraction(1, 20_000)
