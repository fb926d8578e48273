"""Each colour is said once by day and once by night, for the pages and the admins alike."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CSS = ROOT / "static" / "dbx" / "css"
BY_DAY, BY_NIGHT, ON_PAPER = "colours.css", "colours-dark.css", "print.css"
COLOUR = re.compile(r"(--[\w-]+): (#[0-9a-f]{3,8}|rgb\([^;]*)")


def colours_in(name: str) -> list[str]:
    return [found[1] for found in COLOUR.finditer((CSS / name).read_text(encoding="utf-8"))]


def test_no_other_style_sheet_says_a_colour_again() -> None:
    said_here = set(colours_in(BY_DAY))
    assert {"--series-1", "--series-8", "--chart-grid", "--ink"} <= said_here
    for sheet in CSS.glob("*.css"):
        if sheet.name not in {BY_DAY, BY_NIGHT, ON_PAPER}:
            assert said_here.isdisjoint(colours_in(sheet.name)), sheet.name


def test_every_colour_of_the_day_has_one_of_the_night() -> None:
    for name in (BY_DAY, BY_NIGHT):
        assert len(colours_in(name)) == len(set(colours_in(name)))
    assert set(colours_in(BY_NIGHT)) == set(colours_in(BY_DAY))


def test_whoever_draws_with_the_colours_links_them() -> None:
    """By name: pages that say nothing of it would be drawn without any."""
    drawing = ("dbx/css/app.css", "dbx/css/analytics.css")
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        if any(sheet in text for sheet in drawing) and '{% extends "base.html" %}' not in text:
            for sheet in (BY_DAY, BY_NIGHT):
                assert f"dbx/css/{sheet}" in text, template.name
