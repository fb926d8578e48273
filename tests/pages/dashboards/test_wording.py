"""Numbers and changes in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from analytics.calculations.comparing import compared
from analytics.calculations.wear import WearLevel, wear_level
from analytics.calculations.wear_weights import Weights
from aviation.pages.dashboards import wording

OTHER = "the 30 days before"


@pytest.mark.parametrize(
    ("now", "before", "words", "on"),
    [
        (15, 12, "+3 (+25 %)", "+3 (+25 %) on the 30 days before"),
        (12, 15, "−3 (−20 %)", "−3 (−20 %) on the 30 days before"),
        (0, 4, "−4 (−100 %)", "−4 (−100 %) on the 30 days before"),
        (105, 100, "+5 (+5.0 %)", "+5 (+5.0 %) on the 30 days before"),
        (12, 12, "no change", "no change on the 30 days before"),
        (5, 0, "none before", "none in the 30 days before"),
        (0, 0, "none before either", "none in the 30 days before either"),
        (5, None, "not known before", "not known in the 30 days before"),
        (None, 5, "", ""),
    ],
)
def test_change_is_told_in_words(now: int | None, before: int | None, words: str, on: str) -> None:
    assert wording.change(compared(now, before)) == words
    assert wording.change_on(compared(now, before), OTHER) == on


@pytest.mark.parametrize(
    ("score", "text"),
    [("49.96", "49.9"), ("50", "50.0"), ("29.999", "29.9"), ("0", "0.0"), ("1234.5", "1,234.5")],
)
def test_score_is_never_rounded_up_to_the_next_level(score: str, text: str) -> None:
    assert wording.points(Decimal(score)) == text


@pytest.mark.parametrize("urgent_from", ["50", "49.9", "0.3"])
def test_score_as_shown_reaches_a_level_just_when_the_score_does(urgent_from: str) -> None:
    weights = Weights(
        urgent_from=Decimal(urgent_from), high_from=Decimal("0.2"), medium_from=Decimal("0.1")
    )
    assert weights.problems() == {}
    for thousandth in range(-120, 121):
        score = weights.urgent_from + Decimal(thousandth) / 1_000
        is_urgent = wear_level(score, weights) is WearLevel.URGENT
        assert (Decimal(wording.points(score)) >= weights.urgent_from) is is_urgent


def test_change_of_a_risk_has_its_places() -> None:
    comparison = compared(Decimal("0.3128"), Decimal("0.25"))
    assert wording.change(comparison, 2) == "+0.06 (+25 %)"
    assert wording.change(compared(Decimal("1.5"), Decimal("1.6")), 1, " h") == "−0.1 h (−6.3 %)"


@pytest.mark.parametrize(
    ("start", "last", "words"),
    [
        ("2026-05-04", "2026-05-04", "Mon 4 May 2026"),
        ("2026-05-04", "2026-05-10", "4 to 10 May 2026"),
        ("2026-04-27", "2026-05-03", "27 Apr to 3 May 2026"),
        ("2025-12-29", "2026-01-04", "29 Dec 2025 to 4 Jan 2026"),
    ],
)
def test_days_name_month_and_year_once(start: str, last: str, words: str) -> None:
    assert wording.days_name(date.fromisoformat(start), date.fromisoformat(last)) == words


@pytest.mark.parametrize(
    ("number", "places", "text"),
    [
        ("0.05", 1, "0.1"),
        ("-0.05", 1, "−0.1"),
        ("-0.04", 1, "0.0"),
        ("1234567.891", 1, "1,234,567.9"),
        ("-1200", 0, "−1,200"),
    ],
)
def test_numbers_are_rounded_away_from_zero_at_half(number: str, places: int, text: str) -> None:
    assert wording.rounded(Decimal(number), places) == text


def test_units() -> None:
    assert wording.hours(Decimal(5_400)) == "1.5 h"
    assert wording.kilometres(Decimal(12_340)) == "12.3 km"
    assert wording.share(Decimal(2) / 7) == "28.6 %"
    assert wording.counted(1, "flight") == "1 flight"
    assert wording.counted(1_200, "flight") == "1,200 flights"
    assert wording.risk(None) == "not assessed"
    assert wording.risk(Decimal("0.4750")) == "0.48"
