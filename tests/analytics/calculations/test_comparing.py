"""Comparing periods, worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from analytics.calculations.comparing import compared


@pytest.mark.parametrize(
    ("now", "before", "difference", "relative"),
    [
        (15, 12, "3", "0.250"),
        (12, 15, "-3", "-0.200"),
        (12, 12, "0", "0.000"),
        (0, 12, "-12", "-1.000"),
        (2, 3, "-1", "-0.333"),
        (1, 16, "-15", "-0.938"),  # -0.9375: half of the last place goes away from zero
        (17, 16, "1", "0.063"),
        (Decimal("0.31"), Decimal("0.25"), "0.06", "0.240"),
    ],
)
def test_change_is_absolute_and_relative(
    now: Decimal, before: Decimal, difference: str, relative: str
) -> None:
    comparison = compared(now, before)
    assert comparison.difference == Decimal(difference)
    assert comparison.relative == Decimal(relative)


def test_of_nothing_before_there_is_no_relative_change() -> None:
    comparison = compared(5, 0)
    assert comparison.difference == 5
    assert comparison.relative is None


@pytest.mark.parametrize(("now", "before"), [(None, 5), (5, None), (None, None)])
def test_what_nobody_knows_is_not_compared(now: int | None, before: int | None) -> None:
    comparison = compared(now, before)
    assert comparison.difference is None
    assert comparison.relative is None
