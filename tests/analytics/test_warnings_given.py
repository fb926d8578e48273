"""What warnings were worth, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.calculations.warnings_given import warnings_given

TABLE = [
    # days above the limit, failures, leads, missed, false
    ([], (), [], 0, 0),
    ([], (10,), [], 1, 0),
    ([5, 6, 7], (), [], 0, 1),
    ([5, 6, 7], (8,), [3], 0, 0),
    ([5, 6, 7], (21,), [16], 0, 0),  # ended on day 7, 14 days before
    ([5, 6, 7], (22,), [], 1, 1),
    ([5, 6, 7], (5,), [], 1, 1),  # on the day itself it is too late
    ([5, 6, 7], (7,), [2], 0, 0),
    ([3, 5, 6], (8,), [3], 0, 0),  # two warnings, both right; the lead is the newer one's
    ([3, 20, 21], (25,), [5], 0, 1),
    ([5, 30], (8, 33), [3, 3], 0, 0),
]


@pytest.mark.parametrize(("above", "failures", "leads", "missed", "false"), TABLE)
def test_warnings_are_judged(
    above: list[int], failures: tuple[int, ...], leads: list[int], missed: int, false: int
) -> None:
    days = np.arange(40)
    scores = np.isin(days, above).astype(float)
    given = warnings_given(days, scores, failures, above=0.5, horizon_days=14)
    assert (list(given.lead_days), given.missed, given.false) == (leads, missed, false)
    assert given.scored_days == 40


def test_days_in_repair_end_a_warning() -> None:
    days = np.array([1, 2, 6, 7])
    given = warnings_given(days, np.ones(4), (2,), above=0.5, horizon_days=1)
    assert (given.lead_days, given.false) == ((1,), 1)


def test_failure_before_the_first_scored_day_was_not_missed() -> None:
    given = warnings_given(np.arange(10, 20), np.zeros(10), (3, 10), above=0.5, horizon_days=14)
    assert given.missed == 0


def test_failure_after_the_last_scored_day_proves_a_warning_and_is_not_missed() -> None:
    days = np.arange(10, 20)
    warned = warnings_given(days, np.ones(10), (25,), above=0.5, horizon_days=14)
    silent = warnings_given(days, np.zeros(10), (25,), above=0.5, horizon_days=14)
    assert (warned.false, warned.lead_days, silent.missed) == (0, (), 0)


def test_aircraft_never_scored_gave_no_warning() -> None:
    given = warnings_given(np.array([], dtype=int), np.array([]), (3,), above=0.5, horizon_days=14)
    assert (given.lead_days, given.missed, given.false) == ((), 0, 0)
