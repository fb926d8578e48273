"""The table of months, over as many pages as it takes, its headings on each."""

from __future__ import annotations

from analytics.calculations.executive import Figures, Summary
from analytics.reports.columns import TABLE, Column
from analytics.reports.pdf.sheet import MARGIN, WIDTH, Align, Ink, Sheet

ROW_HEIGHT, HEAD_HEIGHT, HEAD_LINE = 5.4, 9.0, 3.6
MONTH_WIDTH = 27.0
COLUMN_WIDTH = (WIDTH - MONTH_WIDTH) / len(TABLE)


def draw_table(sheet: Sheet, summary: Summary) -> None:
    _headings(sheet)
    for month in summary.months:
        _row(sheet, month.name, month.figures)
    _row(sheet, "Total", summary.total, bold=True)


def _headings(sheet: Sheet) -> None:
    top = sheet.y
    _heading(sheet, MARGIN, MONTH_WIDTH, "Month", "L")
    for index, column in enumerate(TABLE):
        sheet.set_y(top)
        x = MARGIN + MONTH_WIDTH + COLUMN_WIDTH * index
        _heading(sheet, x, COLUMN_WIDTH, _label(column), "R")
    sheet.set_xy(MARGIN, top + HEAD_HEIGHT)
    sheet.rule(sheet.y - 0.7)


def _label(column: Column) -> str:
    return f"{column.label} [{column.unit}]" if column.unit else column.label


def _heading(sheet: Sheet, x: float, width: float, text: str, align: Align) -> None:
    """On two lines, broken after the first word."""
    top = sheet.y
    first, _, rest = text.partition(" ")
    for line, words in enumerate((first, rest)):
        sheet.set_xy(x, top + line * HEAD_LINE)
        sheet.put(width, HEAD_LINE, words, size=7, bold=True, ink=Ink.MUTED, align=align)
    sheet.set_y(top)


def _row(sheet: Sheet, name: str, figures: Figures, *, bold: bool = False) -> None:
    if sheet.room < ROW_HEIGHT:
        sheet.add_page()
        _headings(sheet)
    if bold:
        sheet.rule(sheet.y)
    sheet.put(MONTH_WIDTH, ROW_HEIGHT, name, size=8.5, bold=bold)
    for column in TABLE:
        text, is_last = column.shown(figures), column is TABLE[-1]
        sheet.put(COLUMN_WIDTH, ROW_HEIGHT, text, size=8.5, bold=bold, align="R", last=is_last)
