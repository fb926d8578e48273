"""Lines stop where a value is missing."""

from __future__ import annotations

from aviation.pages.charts.lines import line_chart
from aviation.pages.charts.sparkline import sparkline
from aviation.pages.charts.values import Tone
from tests.pages.charts.build import WORDS, series, slots


def test_line_goes_through_the_middle_of_its_slots() -> None:
    chart = line_chart(WORDS, slots(4), [series("Risk", [0, 2, 4, 8])])
    (line,) = chart.lines
    assert line.runs == ("12.5,200 37.5,150 62.5,100 87.5,0",)
    assert line.lone == ()


def test_missing_value_makes_a_gap_and_no_zero() -> None:
    chart = line_chart(WORDS, slots(5), [series("Risk", [8, 8, None, 4, 4])])
    assert chart.lines[0].runs == ("10,0 30,0", "70,100 90,100")
    assert chart.has_missing
    assert chart.slots[2].dots == ()
    assert chart.slots[2].mark.words == "Day 3: not known"


def test_value_between_two_gaps_is_a_dot() -> None:
    chart = line_chart(WORDS, slots(3), [series("Risk", [None, 8, None], Tone.TWO)])
    (line,) = chart.lines
    assert line.runs == ()
    assert [(dot.x, dot.y, dot.tone) for dot in line.lone] == [("50%", "0", Tone.TWO)]


def test_several_lines_share_one_scale() -> None:
    chart = line_chart(WORDS, slots(2), [series("Week", [8, 8]), series("Month", [4, 2])])
    assert [line.runs for line in chart.lines] == [("25,0 75,0",), ("25,100 75,150",)]
    assert [each.name for each in chart.legend] == ["Week", "Month"]


def test_slot_tells_every_line() -> None:
    chart = line_chart(WORDS, slots(2), [series("Week", [8, 0]), series("Month", [4, None])])
    assert [each.mark.words for each in chart.slots] == [
        "Day 1: Week: 8, Month: 4",
        "Day 2: Week: 0, Month: not known",
    ]
    assert [len(each.dots) for each in chart.slots] == [2, 1]


def test_chart_without_a_known_value_is_empty_but_one_of_zeros_is_not() -> None:
    assert line_chart(WORDS, slots(2), [series("Risk", [None, None])]).is_empty
    assert line_chart(WORDS, [], []).is_empty
    assert line_chart(WORDS, slots(2), []).is_empty
    assert not line_chart(WORDS, slots(2), [series("Risk", [0, 0])]).is_empty


def test_sparkline_keeps_gaps_and_stays_inside_its_box() -> None:
    spark = sparkline([0, 4, None, 2, 2], "rising")
    assert spark is not None
    assert spark.line.runs == ("10,33 30,3", "70,18 90,18")
    assert spark.words == "rising"


def test_sparkline_of_zeros_is_a_flat_line() -> None:
    spark = sparkline([0, 0], "flat")
    assert spark is not None
    assert spark.line.runs == ("25,33 75,33",)


def test_fewer_than_two_values_make_no_sparkline() -> None:
    assert sparkline([None, 3, None], "one") is None
    assert sparkline([], "none") is None
