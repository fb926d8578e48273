"""Stretches beyond a limit: begin, end, holes, glitches, merging."""

from __future__ import annotations

import numpy as np
import pytest

from aviation.mlresults.findings import Comparison
from aviation.mlresults.rules.excursions import (
    Excursion,
    excursions,
    hole_length_s,
    merged,
    runs,
    told,
)
from aviation.mlresults.thresholds import Level, Threshold
from aviation.telemetry.record import FloatArray


def limit(hold_s: float = 0.0, side: Comparison = Comparison.ABOVE) -> Threshold:
    return Threshold("test.limit", "", side, "a manual", warn=10.0, hold_s=hold_s)


def at_10_hz(*values: float) -> tuple[FloatArray, FloatArray]:
    return np.arange(len(values)) * 0.1, np.array(values)


def test_stretch_begins_with_its_first_sample_and_ends_when_back() -> None:
    time_s, values = at_10_hz(0, 0, 11, 12, 11, 0, 0)
    (found,) = excursions(time_s, values, limit(), Level.WARN)
    assert found.start_s == pytest.approx(0.2)
    assert found.end_s == pytest.approx(0.5)
    assert (found.peak, found.peak_s) == (12.0, pytest.approx(0.3))


def test_value_at_the_limit_is_inside() -> None:
    time_s, values = at_10_hz(0, 10, 10, 0)
    assert excursions(time_s, values, limit(), Level.WARN) == []


def test_worst_value_below_a_lower_limit_is_the_smallest() -> None:
    time_s, values = at_10_hz(20, 9, 3, 8, 20)
    (found,) = excursions(time_s, values, limit(side=Comparison.BELOW), Level.WARN)
    assert found.peak == 3.0


@pytest.mark.parametrize(("bad_samples", "count"), [(2, 0), (3, 1)])
def test_stretch_must_last_its_hold(bad_samples: int, count: int) -> None:
    time_s, values = at_10_hz(0, *[11] * bad_samples, 0, 0)
    assert len(excursions(time_s, values, limit(hold_s=0.25), Level.WARN)) == count


def test_hold_is_met_exactly_in_spite_of_binary_fractions() -> None:
    time_s, values = at_10_hz(*[0] * 7, *[11] * 3, 0)
    assert time_s[10] - time_s[7] < 0.3
    assert len(excursions(time_s, values, limit(hold_s=0.3), Level.WARN)) == 1


def test_lone_sample_never_holds() -> None:
    time_s = np.arange(10.0)
    values = np.where(time_s == 4, 99.0, 0.0)
    assert excursions(time_s, values, limit(hold_s=0.5), Level.WARN) == []


def test_hole_in_the_log_ends_a_stretch() -> None:
    time_s = np.array([0.0, 0.1, 0.2, 60.0, 60.1, 60.2])
    values = np.full(6, 11.0)
    found = excursions(time_s, values, limit(), Level.WARN)
    assert [(each.start_s, each.end_s) for each in found] == [(0.0, 0.2), (60.0, 60.2)]


def test_only_judged_samples_count() -> None:
    time_s, values = at_10_hz(11, 11, 11, 11)
    judged = np.array([False, True, True, False])
    (found,) = excursions(time_s, values, limit(), Level.WARN, judged)
    assert (found.start_s, found.end_s) == (pytest.approx(0.1), pytest.approx(0.3))


def test_absent_level_finds_nothing() -> None:
    time_s, values = at_10_hz(99, 99)
    assert excursions(time_s, values, limit(), Level.FAIL) == []


def test_hole_is_longer_in_slow_channels() -> None:
    assert hole_length_s(np.arange(0.0, 10.0, 0.1)) == 1.0
    assert hole_length_s(np.arange(0.0, 10.0, 2.0)) == 10.0
    assert hole_length_s(np.array([1.0])) == 1.0


def test_no_member_makes_no_run() -> None:
    first, last = runs(np.arange(3.0), np.zeros(3, dtype=bool))
    assert (first.size, last.size) == (0, 0)


def stretch(start_s: float, peak: float) -> Excursion:
    return Excursion(start_s, start_s + 1, peak, start_s)


def test_near_stretches_merge_and_keep_the_worst() -> None:
    (one,) = merged([stretch(0, 11), stretch(3, 15), stretch(6, 12)], is_above=True)
    assert (one.start_s, one.end_s, one.peak, one.count) == (0, 7, 15, 3)
    (one,) = merged([stretch(0, 11), stretch(3, 15), stretch(6, 5)], is_above=False)
    assert one.peak == 5


def test_far_stretches_stay_apart() -> None:
    assert len(merged([stretch(0, 11), stretch(20, 11)], is_above=True)) == 2


def test_many_episodes_are_told_as_one() -> None:
    three = [stretch(20.0 * index, 11) for index in range(3)]
    assert len(list(told(three, is_above=True))) == 3
    four = [stretch(20.0 * index, 11) for index in range(4)]
    (one,) = told(four, is_above=True)
    assert (one.start_s, one.count) == (0, 4)
