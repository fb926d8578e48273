"""Shares of a whole, row by row."""

from __future__ import annotations

from aviation.pages.charts.shares import Bar, Part, share_chart
from aviation.pages.charts.values import Tone
from tests.pages.charts.build import WORDS, value


def bar(name: str, *numbers: float | None) -> Bar:
    kinds = (("Low", Tone.LOW), ("High", Tone.HIGH))
    parts = tuple(Part(n, tone, value(x)) for (n, tone), x in zip(kinds, numbers, strict=False))
    return Bar(name, parts, value(sum(x or 0 for x in numbers)))


def test_longest_bar_fills_the_row() -> None:
    chart = share_chart(WORDS, [bar("A", 8), bar("B", 2)])
    assert [[(p.x, p.width) for p in row.pieces] for row in chart.rows] == [
        [("0%", "100%")],
        [("0%", "25%")],
    ]


def test_parts_follow_each_other_as_shares_of_a_given_whole() -> None:
    chart = share_chart(WORDS, [bar("A", 2, 3)], whole=10)
    (row,) = chart.rows
    assert [(p.x, p.width, p.words) for p in row.pieces] == [
        ("0%", "20%", "Low: 2"),
        ("20%", "30%", "High: 3"),
    ]


def test_zero_and_missing_parts_are_not_drawn() -> None:
    chart = share_chart(WORDS, [bar("A", 0, None), bar("B", 1)])
    assert chart.rows[0].pieces == ()
    assert not chart.is_empty


def test_legend_explains_parts_only_where_there_are_several() -> None:
    assert share_chart(WORDS, [bar("A", 1)]).legend == ()
    chart = share_chart(WORDS, [bar("A", 1, 1), bar("B", 1, 0)])
    assert [each.name for each in chart.legend] == ["Low", "High"]


def test_nothing_to_compare_is_empty() -> None:
    assert share_chart(WORDS, []).is_empty
    assert share_chart(WORDS, [bar("A", 0)]).is_empty
