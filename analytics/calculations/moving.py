"""Moving averages over days. A day without a flight is a day with zero flights, and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from analytics.calculations.averages import average

WEEK, MONTH = 7, 30
"""The two windows that are shown, in days."""


@dataclass(frozen=True, slots=True)
class Moving:
    """The average of a window of days that ends with one of them, and the window's sum."""

    total: Decimal
    average: Decimal


def moving_averages(values: Sequence[Decimal], window: int, unit: int = 1) -> list[Moving]:
    """One for each day that has a whole window behind it, itself included.

    ``values`` are those of consecutive days; the answer is ``window - 1`` shorter. Averages are in
    units of ``unit``, such as hours of 3600 seconds; sums stay as they are. Raises ValueError for a
    window of no day.
    """
    if window < 1:
        raise ValueError("A window has at least one day.")
    return [
        _moving(sum(values[end - window : end], Decimal(0)), window * unit)
        for end in range(window, len(values) + 1)
    ]


def _moving(total: Decimal, parts: int) -> Moving:
    rounded = average(total, parts)
    assert rounded is not None
    return Moving(total, rounded)
