"""The executive summary as PDF: key figures, four charts, the table of months."""

from __future__ import annotations

from decimal import Decimal

from analytics.calculations.executive import Figures, Month, Summary
from analytics.reports import columns
from analytics.reports.about import About, days_of, local_time
from analytics.reports.columns import Column
from analytics.reports.notes import notes_on
from analytics.reports.pdf.bars import MOST_LABELS, Bars, Box, Part, draw_bars
from analytics.reports.pdf.sheet import MARGIN, WIDTH, Ink, Sheet
from analytics.reports.pdf.table import draw_table

TITLE = "Executive summary"
KEY_FIGURES = (
    columns.FLIGHTS,
    columns.ACTIVE_AIRCRAFT,
    columns.HOURS,
    columns.DISTANCE,
    columns.RISK,
    columns.HIGH_RISK_SHARE,
    columns.ANOMALIES,
)
CHART_HEIGHT, GUTTER = 46.0, 8.0
NOTE_HEIGHT = 5.0


def drawn(summary: Summary, about: About) -> bytes:
    """The file; see ``pdf_file``."""
    sheet = Sheet(
        title=f"{about.organization}: {TITLE.lower()}",
        subject=f"{TITLE}, {days_of(summary.period)}",
        about=about,
        foot=f"{about.organization} · {TITLE} · {days_of(summary.period)}",
    )
    sheet.add_page()
    _head(sheet, summary, about)
    _key_figures(sheet, summary.total)
    _charts(sheet, summary)
    draw_table(sheet, summary)
    _notes(sheet, notes_on(summary, about))
    return bytes(sheet.output())


def _head(sheet: Sheet, summary: Summary, about: About) -> None:
    tz = summary.period.tz
    sheet.put(WIDTH, 6, about.organization, size=11, bold=True, ink=Ink.ACCENT, last=True)
    sheet.put(WIDTH, 10, TITLE, size=20, bold=True, last=True)
    sheet.put(WIDTH, 5.5, f"{days_of(summary.period)}, days in {tz.key}", size=10, last=True)
    fresh = (
        f"Figures as of {local_time(about.refreshed_at, tz)}, {about.age} old when this was made"
    )
    sheet.put(WIDTH, 5, fresh, size=8.5, ink=Ink.MUTED, last=True)
    sheet.ln(3)


def _key_figures(sheet: Sheet, total: Figures) -> None:
    width = WIDTH / len(KEY_FIGURES)
    top = sheet.y
    with sheet.inked(Ink.PALE):
        sheet.rect(MARGIN, top, WIDTH, 16, style="F", round_corners=True, corner_radius=1.5)
    for index, column in enumerate(KEY_FIGURES):
        sheet.set_xy(MARGIN + width * index + 2.5, top + 2.5)
        sheet.put(width - 3, 4, _label(column), size=7, ink=Ink.MUTED)
        sheet.set_xy(MARGIN + width * index + 2.5, top + 7)
        sheet.put(width - 3, 6, column.shown(total), size=12, bold=True)
    sheet.set_xy(MARGIN, top + 16 + 6)


def _label(column: Column) -> str:
    return f"{column.label}, {column.unit}" if column.unit else column.label


def _charts(sheet: Sheet, summary: Summary) -> None:
    width = (WIDTH - GUTTER) / 2
    top = sheet.y
    for index, bars in enumerate(_bars(summary.months)):
        row, place = divmod(index, 2)
        x, y = MARGIN + place * (width + GUTTER), top + row * (CHART_HEIGHT + 5)
        draw_bars(sheet, bars, Box(x, y, width, CHART_HEIGHT))
    sheet.set_xy(MARGIN, top + 2 * (CHART_HEIGHT + 5))


def _bars(months: tuple[Month, ...]) -> tuple[Bars, ...]:
    form = "%b" if len(months) <= MOST_LABELS else "%b %y"
    labels = tuple(f"{month.period.start:{form}}" for month in months)
    figures = tuple(month.figures for month in months)

    def part(name: str, ink: Ink, numbers: list[int | Decimal | None]) -> Part:
        return Part(name, ink, tuple(None if n is None else float(n) for n in numbers))

    return (
        Bars(
            "Flights",
            "flights per month",
            labels,
            (part("Flights", Ink.COLUMN, [each.flights for each in figures]),),
            is_whole=True,
        ),
        Bars(
            "Time in the air",
            "hours per month",
            labels,
            (part("Hours", Ink.COLUMN, [each.hours for each in figures]),),
        ),
        Bars(
            "Average risk",
            "0 to 1; hatched: not assessed",
            labels,
            (part("Average risk", Ink.COLUMN, [each.average_risk for each in figures]),),
        ),
        Bars(
            "Anomalies",
            "per month",
            labels,
            (
                part("Critical", Ink.CRITICAL, [each.known_critical_anomalies for each in figures]),
                part("Warnings", Ink.WARNING, [each.known_warnings for each in figures]),
            ),
            is_whole=True,
        ),
    )


def _notes(sheet: Sheet, notes: list[str]) -> None:
    sheet.ln(4)
    if sheet.room < NOTE_HEIGHT * len(notes):
        sheet.add_page()
    for note in notes:
        sheet.paragraph(note, size=7.5, ink=Ink.MUTED)
