"""Choosing days on a dashboard."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from aviation.pages.dashboards.periods import Chosen, PeriodForm

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 6, 14, 22, 30, tzinfo=UTC)
"""Half an hour into 15 June in Zurich, a Monday."""


def form(query: str) -> PeriodForm:
    return PeriodForm(QueryDict(query), at=NOW, zone=ZURICH)


def chosen(query: str) -> Chosen:
    return form(query).chosen()


def days(of: Chosen) -> tuple[str, str]:
    return f"{of.period.start}", f"{of.period.last_day}"


@pytest.mark.parametrize(
    ("query", "first", "last", "name"),
    [
        ("", "2026-05-17", "2026-06-15", "the last 30 days"),
        ("period=7", "2026-06-09", "2026-06-15", "the last 7 days"),
        ("period=90", "2026-03-18", "2026-06-15", "the last 90 days"),
        ("period=12m", "2025-07-01", "2026-06-15", "the last 12 months"),
        (
            "period=custom&start=2026-05-04&until=2026-05-10",
            "2026-05-04",
            "2026-05-10",
            "4 to 10 May 2026",
        ),
        ("start=2026-05-04&until=2026-05-04", "2026-05-04", "2026-05-04", "Mon 4 May 2026"),
        ("start=2026-06-01&until=2026-12-31", "2026-06-01", "2026-06-15", "1 to 15 June 2026"),
    ],
)
def test_period_ends_with_the_organizations_today(
    query: str, first: str, last: str, name: str
) -> None:
    assert days(chosen(query)) == (first, last)
    assert chosen(query).name == name.replace("June", "Jun")


def test_period_is_compared_with_as_many_days_before() -> None:
    other = chosen("period=7").other
    assert (other.start, other.end) == (date(2026, 6, 2), date(2026, 6, 9))
    assert chosen("period=7").other_name == "the 7 days before"
    assert chosen("start=2026-06-01&until=2026-06-01").other_name == "the day before"


def test_year_before_keeps_the_weekdays() -> None:
    of = chosen("period=7&compare=year")
    assert of.other.start == date(2025, 6, 10)
    assert of.other.start.weekday() == of.period.start.weekday()
    assert of.other.days == of.period.days
    assert of.other_name == "the same days 52 weeks before"


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("period=custom", "__all__", "Give both the first and the last day."),
        ("start=2026-05-04", "__all__", "Give both the first and the last day."),
        ("start=2026-05-04&until=2026-05-03", "until", "The last day lies before the first."),
        ("start=2026-06-16&until=2026-06-20", "start", "The first day lies in the future."),
        ("start=1800-01-01&until=2026-05-03", "start", "There are no figures before 1990."),
        ("start=2010-01-01&until=2026-05-03", "until", "A period has at most ten years."),
        ("start=soon&until=2026-05-03", "start", "Enter a valid date."),
        ("start=2026-01-01&until=99999-01-01", "until", "Enter a valid date."),
        ("start=2026-01-01&until=9999-12-31", "until", "A period has at most ten years."),
        ("period=8", "period", "Select a valid choice"),
        ("compare=never", "compare", "Select a valid choice"),
    ],
)
def test_choice_that_makes_no_sense_is_told_and_the_usual_one_shown(
    query: str, field: str, words: str
) -> None:
    refused = form(query)
    assert days(refused.chosen()) == ("2026-05-17", "2026-06-15")
    assert words in refused.errors[field][0]


def test_choice_goes_along_to_the_next_page() -> None:
    assert chosen("").query == ""
    assert chosen("period=7&compare=year&by=week&x=1").query == "period=7&compare=year"
    assert chosen("period=8").query == ""
