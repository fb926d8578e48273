"""The summary as CSV and PDF: what stands in them."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from analytics.calculations.executive import Summary
from analytics.reports.about import About, file_name, in_words
from analytics.reports.columns import shown
from analytics.reports.csv_file import HEADINGS, harmless, summary_csv
from analytics.reports.notes import notes_on
from analytics.reports.pdf import typeface
from analytics.reports.pdf_file import summary_pdf
from tests.analytics.invented import ABOUT, MADE_AT, quarter
from tests.analytics.pdf_reading import described, pages_of, text_of


def rows(summary: Summary, about: About = ABOUT) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(summary_csv(summary, about).decode())))


def test_csv_has_a_row_for_each_month_and_the_whole() -> None:
    january, _, march, total = rows(quarter())
    assert january == {
        "organization": "Łódź & Söhne",
        "month": "2026-01",
        "first_day": "2026-01-01",
        "last_day": "2026-01-31",
        "time_zone": "Europe/Zurich",
        "flights": "1204",
        "active_aircraft": "7",
        "hours_h": "34.2935",  # 123,456.5 / 3,600 = 34.29347...
        "timed_flights": "1201",
        "distance_km": "9876.5432",
        "analysed_flights": "1100",
        "scored_flights": "900",
        "average_risk_0_to_1": "0.2501",  # 225.045 / 900 = 0.25005, a half: up
        "high_risk_flights": "81",
        "high_risk_share_0_to_1": "0.0900",
        "anomalies": "30",
        "critical_anomalies": "4",
        "figures_as_of_utc": "2026-04-01T04:52:30Z",
    }
    assert (march["flights"], march["anomalies"], march["average_risk_0_to_1"]) == ("0", "0", "")
    assert (total["month"], total["first_day"], total["last_day"]) == (
        "total",
        "2026-01-01",
        "2026-03-31",
    )
    assert (total["flights"], total["active_aircraft"]) == ("1216", "8")
    assert tuple(january) == HEADINGS


def test_csv_leaves_empty_what_nobody_assessed() -> None:
    february = rows(quarter())[1]
    empty = {name for name, value in february.items() if value == ""}
    assert empty == {
        "average_risk_0_to_1",
        "high_risk_flights",
        "high_risk_share_0_to_1",
        "anomalies",
        "critical_anomalies",
    }


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", '=HYPERLINK("http://x","y")', "\n=1"],
)
def test_organizations_name_cannot_become_a_formula(name: str) -> None:
    (first, *_) = rows(quarter(), replace(ABOUT, organization=name))
    assert first["organization"] == f"'{name}"


def test_other_names_stay_as_they_are() -> None:
    for name in ("Alpha", "A-Z", "x=1", "Łódź; \"quoted\", 'all'"):
        assert harmless(name) == name
        assert rows(quarter(), replace(ABOUT, organization=name))[0]["organization"] == name


@pytest.mark.parametrize(
    ("age_s", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (172_799, "47 h"),
        (172_800, "2 days"),
    ],
)
def test_age_in_words(age_s: int, words: str) -> None:
    assert in_words(age_s) == words


def test_figures_are_never_younger_than_nothing() -> None:
    assert replace(ABOUT, refreshed_at=MADE_AT + timedelta(seconds=1)).age == "0 s"


def test_numbers_for_people_are_rounded_and_grouped() -> None:
    from decimal import Decimal

    assert shown(Decimal("1234.25"), 1) == "1,234.3"
    assert shown(Decimal("0.005"), 2) == "0.01"
    assert shown(Decimal(1_234_567), 0) == "1,234,567"


def test_file_is_named_after_organization_and_period() -> None:
    assert file_name(ABOUT, quarter().period, "pdf") == "lodz_summary_2026-01-01_2026-03-31.pdf"


def test_notes_tell_of_missing_hours_and_of_a_month_that_goes_on() -> None:
    notes = notes_on(quarter(), ABOUT)
    assert "3 flights have no time in the air on record and count in no hours." in notes
    assert not any("is not over" in note for note in notes)
    # 31 March 22:00 UTC is the first of April in Zürich; a minute before, March goes on.
    running = replace(ABOUT, made_at=MADE_AT - timedelta(hours=7, minutes=1))
    assert notes_on(quarter(), running)[-1] == "March 2026 is not over yet."
    over = replace(ABOUT, made_at=MADE_AT - timedelta(hours=7))
    assert notes_on(quarter(), over) == notes


def test_pdf_says_what_the_summary_says() -> None:
    (page,) = pages_of(summary_pdf(quarter(), ABOUT))
    for text in (
        "Łódź & Söhne",
        "Executive summary",
        "1 January 2026 to 31 March 2026, days in Europe/Zurich",
        "Figures as of 1 Apr 2026, 06:52 (Europe/Zurich), 7 min old when this was made",
        "Page 1 of 1",
    ):
        assert text in page
    start = page.index("January 2026")
    cells = page[start : start + 44]
    assert cells[:11] == [
        "January 2026", "1,204", "7", "34.3", "9,876.5", "900", "0.25", "81", "9.0", "30", "4",
    ]  # fmt: skip
    assert cells[11:22] == [
        "February 2026", "12", "2", "1.0", "0.0", "0", "–", "–", "–", "–", "–",
    ]  # fmt: skip
    assert cells[22:33] == ["March 2026", "0", "0", "0.0", "0.0", "0", "–", "0", "–", "0", "0"]
    assert cells[33:36] == ["Total", "1,216", "8"]


def test_pdf_is_described_for_those_who_do_not_see_it() -> None:
    pdf = summary_pdf(quarter(), ABOUT)
    assert described(pdf, "Title") == "Łódź & Söhne: executive summary"
    assert described(pdf, "Subject") == "Executive summary, 1 January 2026 to 31 March 2026"
    assert described(pdf, "Author") == "Łódź & Söhne"
    assert described(pdf, "Lang") == "en-GB"
    assert described(pdf, "CreationDate") == "D:20260401050000Z"
    assert b"/DisplayDocTitle true" in pdf


def test_long_summary_takes_several_numbered_pages() -> None:
    summary = quarter()
    pages = pages_of(summary_pdf(replace(summary, months=summary.months * 14), ABOUT))
    assert len(pages) == 2
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of 2" in page
        assert "Month" in page
    assert sum(page.count("January 2026") for page in pages) == 14


def test_pdf_of_the_same_summary_has_the_same_bytes(settings: Any, tmp_path: Path) -> None:
    """Also where the typeface is unpacked for the first time."""
    first = summary_pdf(quarter(), ABOUT)
    settings.VAR = tmp_path
    typeface.font_file.cache_clear()
    try:
        assert summary_pdf(quarter(), ABOUT) == first
        unpacked = sorted((tmp_path / "fonts").iterdir())
        assert len(unpacked) == len(typeface.STYLES)
        assert all(TTFont(each)["head"].modified == shipped(each).modified for each in unpacked)
    finally:
        typeface.font_file.cache_clear()


def shipped(unpacked: Path) -> object:
    name = unpacked.name.rpartition("-")[0]
    return TTFont(typeface.SHIPPED / f"{name}.woff2")["head"]


def test_pdf_changes_with_the_moment_it_states() -> None:
    later = replace(ABOUT, made_at=MADE_AT + timedelta(hours=1))
    assert summary_pdf(quarter(), later) != summary_pdf(quarter(), ABOUT)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Ærø Fly", "Ærø Fly"),
        ("Ελλάς Жук", "Ελλάς Жук"),
        ("\u0041\u030a", "Å"),  # composed, as the font has no loose ring
        ("東京 Air", "?? Air"),
        ("Alpha\nBravo\x00", "Alpha Bravo?"),
        ("\u202egnp.exe", "?gnp.exe"),
    ],
)
def test_what_the_typeface_lacks_is_marked(name: str, text: str) -> None:
    assert typeface.written(name) == text
    assert text in text_of(summary_pdf(quarter(), replace(ABOUT, organization=name)))


def test_name_that_is_too_long_is_cut_visibly() -> None:
    texts = pages_of(summary_pdf(quarter(), replace(ABOUT, organization="W" * 200)))[0]
    assert texts[0].startswith("WWWW")
    assert texts[0].endswith("W…")
