"""The calendar: weeks across, weekdays down."""

from __future__ import annotations

from datetime import date, timedelta

from aviation.pages.charts.calendar import ROW_PX, TOP_PX, WEEKS_A_BLOCK, calendar_chart
from tests.pages.charts.build import WORDS, value

WEDNESDAY = date(2026, 4, 29)
WEEK = 100 / WEEKS_A_BLOCK


def left_edge(x: str) -> float:
    return float(x.removesuffix("%"))


def test_days_stand_in_their_week_and_weekday() -> None:
    chart = calendar_chart(WORDS, WEDNESDAY, [value(4)] * 6)  # Wednesday to Monday
    (block,) = chart.blocks
    rows = [int((float(each.y) - TOP_PX) // ROW_PX) for each in block.cells]
    weeks = [int(left_edge(each.x) // WEEK) for each in block.cells]
    assert rows == [2, 3, 4, 5, 6, 0]
    assert weeks == [0, 0, 0, 0, 0, 1]


def test_day_tells_its_date_and_leads_to_its_flights() -> None:
    cell = calendar_chart(WORDS, WEDNESDAY, [value(3)]).blocks[0].cells[0]
    assert cell.words == "Wed 29 April 2026: 3"
    assert cell.link == "/flights/?n=3"


def test_busier_days_fill_more_of_their_cell() -> None:
    chart = calendar_chart(WORDS, WEDNESDAY, [value(n) for n in (0, 1, 2, 3, 8)])
    cells = chart.blocks[0].cells
    assert [each.level for each in cells] == [0, 1, 1, 2, 4]
    heights = [float(each.height) for each in cells[1:]]
    assert heights == sorted(heights)
    assert heights[0] < heights[-1] < ROW_PX


def test_busiest_day_is_full_however_few_levels_there_are() -> None:
    chart = calendar_chart(WORDS, WEDNESDAY, [value(n) for n in (1, 3, 6)])
    assert [each.level for each in chart.blocks[0].cells] == [2, 3, 4]
    assert [(each.level, each.label) for each in chart.steps] == [
        (0, "none"),
        (2, "1 to 2"),
        (3, "3 to 4"),
        (4, "5 or more"),
    ]


def test_steps_name_the_numbers_of_each_level() -> None:
    def labels(highest: int) -> list[str]:
        return [s.label for s in calendar_chart(WORDS, WEDNESDAY, [value(highest)]).steps]

    assert labels(8) == ["none", "1 to 2", "3 to 4", "5 to 6", "7 or more"]
    assert labels(4) == ["none", "1", "2", "3", "4 or more"]
    assert labels(2) == ["none", "1", "2 or more"]
    assert labels(1) == ["none", "1 or more"]


def test_year_comes_in_two_halves_without_tearing_a_week() -> None:
    for offset in range(7):
        first = WEDNESDAY + timedelta(days=offset)
        blocks = calendar_chart(WORDS, first, [value(1)] * 366).blocks
        assert len(blocks) == 2
        assert sum(len(each.cells) for each in blocks) == 366
        assert " ".join(blocks[1].cells[0].words.split()[:1]) == "Mon"
        assert max(left_edge(c.x) for each in blocks for c in each.cells) < 100


def test_month_is_named_where_it_begins_and_never_over_the_edge() -> None:
    blocks = calendar_chart(WORDS, date(2025, 7, 1), [value(1)] * 365).blocks
    assert [tick.label for tick in blocks[0].months] == ["Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    assert blocks[1].months[0].label == "Jan"
    assert max(left_edge(tick.at) for each in blocks for tick in each.months) < 90


def test_table_has_a_row_for_each_week_with_empty_days_outside() -> None:
    table = calendar_chart(WORDS, WEDNESDAY, [value(1), value(0), value(2)]).table
    assert table.headings == ("Week of", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    (row,) = table.rows
    assert row.name == "27 Apr 2026"
    assert [cell.text for cell in row.cells] == ["", "", "1", "0", "2", "", ""]


def test_calendar_without_a_flight_is_empty() -> None:
    assert calendar_chart(WORDS, WEDNESDAY, [value(0)] * 30).is_empty
    assert calendar_chart(WORDS, WEDNESDAY, []).is_empty
