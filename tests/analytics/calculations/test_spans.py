"""Days, weeks and months of a period."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.calculations.spans import Step, spans, step_for


def shown(start: str, end: str, step: Step) -> list[tuple[str, str, bool]]:
    found = spans(date.fromisoformat(start), date.fromisoformat(end), step)
    return [(f"{each.start}", f"{each.last_day}", each.is_whole) for each in found]


def test_days() -> None:
    assert shown("2026-02-27", "2026-03-02", Step.DAY) == [
        ("2026-02-27", "2026-02-27", True),
        ("2026-02-28", "2026-02-28", True),
        ("2026-03-01", "2026-03-01", True),
    ]


def test_weeks_begin_on_monday_and_may_be_cut_at_the_edges() -> None:
    assert shown("2026-04-30", "2026-05-13", Step.WEEK) == [  # Thursday to Tuesday
        ("2026-04-30", "2026-05-03", False),
        ("2026-05-04", "2026-05-10", True),
        ("2026-05-11", "2026-05-12", False),
    ]


def test_months_over_the_turn_of_a_year() -> None:
    assert shown("2025-12-15", "2026-03-01", Step.MONTH) == [
        ("2025-12-15", "2025-12-31", False),
        ("2026-01-01", "2026-01-31", True),
        ("2026-02-01", "2026-02-28", True),
    ]


@given(
    st.dates(date(2019, 1, 1), date(2031, 1, 1)), st.integers(1, 800), st.sampled_from(list(Step))
)
def test_spans_follow_each_other_without_gap(start: date, days: int, step: Step) -> None:
    end = start + timedelta(days=days)
    found = spans(start, end, step)
    assert found[0].start == start
    assert found[-1].end == end
    assert all(one.end == following.start for one, following in pairwise(found))
    assert sum(each.days for each in found) == days


@pytest.mark.parametrize(
    ("days", "step"),
    [(1, Step.DAY), (31, Step.DAY), (32, Step.WEEK), (190, Step.WEEK), (366, Step.MONTH)],
)
def test_long_periods_are_shown_in_longer_steps(days: int, step: Step) -> None:
    assert step_for(days) is step
