"""Columns: stacked, to scale, and honest about what nobody knows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aviation.pages.charts.columns import LEAST_PX, column_chart
from aviation.pages.charts.values import Slot, Tone, Value
from tests.pages.charts.build import WORDS, series, slots


def test_columns_stand_in_the_middle_of_equal_slots() -> None:
    chart = column_chart(WORDS, slots(4), [series("Flights", [1, 2, 3, 4])], is_whole=True)
    assert [each.mark.x for each in chart.columns] == ["0%", "25%", "50%", "75%"]
    assert {each.mark.width for each in chart.columns} == {"25%"}
    assert [each.x for each in chart.columns] == ["9.5%", "34.5%", "59.5%", "84.5%"]
    assert {each.width for each in chart.columns} == {"6%"}


def test_many_columns_leave_a_gap_between_them() -> None:
    chart = column_chart(WORDS, slots(50), [series("Flights", [1] * 50)])
    assert chart.columns[0].mark.width == "2%"
    assert chart.columns[0].width == "1.44%"


def test_columns_are_as_high_as_their_numbers() -> None:
    chart = column_chart(WORDS, slots(3), [series("Flights", [0, 2, 8])], is_whole=True)
    drawn = [[(s.y, s.height) for s in each.segments] for each in chart.columns]
    assert drawn == [[], [("150", "50")], [("0", "200")]]


def test_series_are_stacked_from_the_bottom() -> None:
    parts = [series("Quads", [2], Tone.ONE), series("Wings", [6], Tone.TWO)]
    chart = column_chart(WORDS, slots(1), parts, is_whole=True)
    drawn = [(s.tone, s.y, s.height) for s in chart.columns[0].segments]
    assert drawn == [(Tone.ONE, "150", "50"), (Tone.TWO, "0", "150")]


def test_number_above_zero_is_always_seen() -> None:
    chart = column_chart(WORDS, slots(2), [series("Hours", [0.001, 1_000])])
    (segment,) = chart.columns[0].segments
    assert float(segment.height) == LEAST_PX
    assert float(segment.y) == 200 - LEAST_PX


def test_missing_value_is_no_zero() -> None:
    chart = column_chart(WORDS, slots(2), [series("Hours", [None, 0])])
    missing, zero = chart.columns
    assert (missing.is_missing, zero.is_missing) == (True, False)
    assert missing.segments == zero.segments == ()
    assert missing.mark.words == "Day 1: not known"
    assert chart.has_missing


def test_chart_of_zeros_is_empty() -> None:
    assert column_chart(WORDS, slots(3), [series("Flights", [0, 0, 0])]).is_empty
    assert column_chart(WORDS, [], [series("Flights", [])]).is_empty
    assert not column_chart(WORDS, slots(2), [series("Flights", [0, 1])]).is_empty


def test_mark_tells_the_whole_and_its_parts_and_leads_to_the_whole() -> None:
    whole = Slot("4", "4 May 2026", Value(5, "5 flights", "/flights/?day=4"))
    parts = [series("Quads", [3]), series("Wings", [2]), series("VTOL", [0])]
    (column,) = column_chart(WORDS, [whole], parts).columns
    assert column.mark.words == "4 May 2026: 5 flights (Quads: 3, Wings: 2)"
    assert column.mark.link == "/flights/?day=4"


def test_table_holds_the_same_numbers_and_their_links() -> None:
    first, second = slots(2)
    first = replace(first, total=Value(3, "3", "/flights/?all"))
    second = replace(second, total=Value(0, "0"))
    parts = [series("Quads", [1, 0]), series("Wings", [2, 0])]
    table = column_chart(WORDS, [first, second], parts).table
    assert table.headings == ("Day", "Quads", "Wings", "Total")
    rows = [(row.name, [cell.text for cell in row.cells]) for row in table.rows]
    assert rows == [("Day 1", ["1", "2", "3"]), ("Day 2", ["0", "0", "0"])]
    assert [cell.link for cell in table.rows[0].cells] == [
        "/flights/?n=1",
        "/flights/?n=2",
        "/flights/?all",
    ]


def test_legend_names_several_series_and_spares_a_single_one() -> None:
    one, two = series("Quads", [1], Tone.ONE), series("Wings", [1], Tone.TWO)
    assert column_chart(WORDS, slots(1), [one]).legend == ()
    names = [(e.name, e.tone) for e in column_chart(WORDS, slots(1), [one, two]).legend]
    assert names == [("Quads", Tone.ONE), ("Wings", Tone.TWO)]


@pytest.mark.parametrize("count", [1, 12, 13, 31, 93, 366])
def test_labels_never_crowd(count: int) -> None:
    chart = column_chart(WORDS, slots(count), [series("Flights", [1] * count)])
    assert 1 <= len(chart.x_ticks) <= 12
    assert 1 <= len([each for each in chart.x_ticks if not each.is_minor]) <= 5
    assert chart.x_ticks[0].label == "1"


def test_series_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="Flights has 2 values for 3 slots"):
        column_chart(WORDS, slots(3), [series("Flights", [1, 2])])
