"""A4 sheets with head, foot and the few things that a report is drawn with. Millimetres, points."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Literal

from fpdf import FPDF, ViewerPreferences, XPos, YPos

from analytics.reports.about import About
from analytics.reports.pdf.typeface import FAMILY, STYLES, font_file, written

MARGIN = 16.0
WIDTH = 210 - 2 * MARGIN
FOOT = 14.0
NUMBER = 20.0
"""For the page's number: from the left, as the number of pages is filled in at the very end."""
LANGUAGE = "en-GB"

Rgb = tuple[int, int, int]
Align = Literal["L", "C", "R"]


class Ink(Enum):
    """The product's colours on paper, told apart in grey as well."""

    TEXT = (19, 32, 46)
    MUTED = (83, 101, 122)
    LINE = (215, 224, 233)
    ACCENT = (13, 79, 158)
    PALE = (238, 243, 248)
    COLUMN = (11, 107, 203)
    WARNING = (233, 178, 90)
    CRITICAL = (176, 35, 27)


class Sheet(FPDF):
    """Everything written goes through ``text``, so that no character is one the font lacks."""

    def __init__(self, *, title: str, subject: str, about: About, foot: str) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self._foot = foot
        for style in STYLES:
            self.add_font(FAMILY, style, font_file(style))
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(auto=False)
        self.c_margin = 0.0
        self.set_title(written(title))
        self.set_subject(written(subject))
        self.set_author(written(about.organization))
        self.set_creator("DBX Aviation")
        self.set_lang(LANGUAGE)
        self.set_creation_date(about.made_at)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)

    def footer(self) -> None:
        """The page's number, and what a loose page is part of."""
        self.set_xy(MARGIN, self.h - FOOT)
        self.rule(self.h - FOOT - 1.5)
        self.put(WIDTH - NUMBER, 5, self._foot, size=7.5, ink=Ink.MUTED)
        self.put(NUMBER, 5, f"Page {self.page_no()} of {{nb}}", size=7.5, ink=Ink.MUTED)

    @property
    def room(self) -> float:
        """Height that is left above the foot."""
        return self.h - FOOT - 4 - self.y

    def put(
        self,
        width: float,
        height: float,
        text: str,
        *,
        size: float = 9,
        bold: bool = False,
        ink: Ink = Ink.TEXT,
        align: Align = "L",
        last: bool = False,
    ) -> None:
        """One line in a box from here on; ``last`` ends the row."""
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*ink.value)
        self.cell(
            width,
            height,
            self.fitting(text, width),
            align=align,
            new_x=XPos.LMARGIN if last else XPos.RIGHT,
            new_y=YPos.NEXT if last else YPos.TOP,
        )

    def paragraph(self, text: str, *, size: float = 9, ink: Ink = Ink.TEXT) -> None:
        self.set_font(FAMILY, "", size)
        self.set_text_color(*ink.value)
        self.set_x(MARGIN)
        height = size * 0.5
        self.multi_cell(
            WIDTH, height, written(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def fitting(self, text: str, width: float) -> str:
        """The text, cut with an ellipsis where it is wider than its box."""
        whole = shorter = written(text)
        while shorter and self.get_string_width(shorter) > width:
            shorter = shorter[:-1]
            whole = f"{shorter.rstrip()}…"
            if self.get_string_width(whole) <= width:
                break
        return whole

    def rule(self, y: float) -> None:
        with self.inked(Ink.LINE):
            self.line(MARGIN, y, MARGIN + WIDTH, y)

    @contextmanager
    def inked(self, ink: Ink, width: float = 0.2) -> Iterator[None]:
        """Draw and fill with this colour."""
        with self.local_context():
            self.set_draw_color(*ink.value)
            self.set_fill_color(*ink.value)
            self.set_line_width(width)
            yield
