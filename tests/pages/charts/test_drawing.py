"""The templates: valid SVG under the strict policy, readable without eyes, mouse or script."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string

from aviation.pages.charts.calendar import calendar_chart
from aviation.pages.charts.columns import column_chart
from aviation.pages.charts.lines import line_chart
from aviation.pages.charts.shares import Bar, Part, share_chart
from aviation.pages.charts.values import PLAIN_TONES, Tone, Value, Words
from tests.pages.charts.build import WORDS, series, slots, value

TWO = [series("Quads", [1, None]), series("Wings <b>", [2, 0], Tone.TWO)]
PARTS = (Part("Low", Tone.LOW, value(1)), Part("High", Tone.HIGH, value(2)))
CHARTS = {
    "columns": column_chart(WORDS, slots(2), TWO),
    "lines": line_chart(WORDS, slots(2), TWO),
    "shares": share_chart(WORDS, [Bar("A", PARTS, value(3))]),
    "calendar": calendar_chart(WORDS, date(2026, 5, 1), [value(1), value(0), value(3)]),
}


def drawn(chart: Any) -> str:
    return render_to_string("charts/figure.html", {"chart": chart})


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())
def test_chart_carries_no_script_style_or_handler(chart: Any) -> None:
    html = drawn(chart)
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", html)
    assert "<b>" not in html


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())
def test_chart_is_well_formed(chart: Any) -> None:
    ElementTree.fromstring(re.sub(r"\s(data-chart|data-readout)\s", r' \1="" ', drawn(chart)))


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())
def test_chart_has_a_name_a_sentence_and_every_number_as_text(chart: Any) -> None:
    html = drawn(chart)
    assert 'id="flights-title">Flights</h2>' in html
    assert "Two days." in html
    assert "<table" in html
    assert 'href="/flights/?n=1"' in html or 'href="/flights/?n=3"' in html


def test_empty_chart_says_why_and_draws_nothing() -> None:
    html = drawn(column_chart(WORDS, slots(2), [series("Flights", [0, 0])]))
    assert "No flights." in html
    assert "<svg" not in html
    assert "Two days." not in html


def test_mark_without_flights_is_no_link() -> None:
    html = drawn(column_chart(WORDS, slots(2), [series("Flights", [1, 0])]))
    assert html.count('<a class="mark"') == 1
    assert 'role="img" aria-label="Day 2: 0"' in html


def test_words_of_people_are_escaped() -> None:
    words = Words("x", '<i>"T"', "u", "s", "e", "Day")
    part = Part("<i>", Tone.ONE, Value(1, "<i>"))
    html = drawn(share_chart(words, [Bar("<i>", (part,), Value(1, "<i>", '"><i>'))]))
    assert "<i>" not in html


def test_every_tone_has_a_pattern() -> None:
    patterns = set(
        re.findall(r'<pattern id="tone-([\w-]+)"', render_to_string("charts/_patterns.html"))
    )
    assert patterns == {*(tone.value for tone in Tone), "missing"}
    assert len(PLAIN_TONES) == 6
