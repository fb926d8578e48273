"""The fleet's risk profile, against figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from analytics.calculations.averages import average
from analytics.calculations.risk_profile import (
    Scored,
    Trend,
    TypeFigures,
    risk_of,
    risk_of_all,
)


def scored(flights: int, risk_sum: str) -> Scored:
    return Scored(flights, Decimal(risk_sum))


@pytest.mark.parametrize(
    ("total", "count", "expected"),
    [
        ("1", 4, "0.2500"),
        ("1", 3, "0.3333"),  # 0.33333...
        ("2", 3, "0.6667"),  # 0.66666...
        ("0.00005", 1, "0.0001"),  # a half goes up
        ("0.00015", 1, "0.0002"),  # also from an odd digit: not to the even one, 0.0002
        ("0.00025", 1, "0.0003"),  # where rounding to the even digit would answer 0.0002
        ("0.000049", 1, "0.0000"),
        ("0", 7, "0.0000"),
    ],
)
def test_average_has_four_places(total: str, count: int, expected: str) -> None:
    assert str(average(Decimal(total), count)) == expected


def test_nothing_has_no_average() -> None:
    assert average(Decimal(0), 0) is None


TRENDS = [
    # before (n, sum)   last 7 days       averages before, after     difference  trend
    ((10, "2.0"), (5, "1.3"), "0.0600", Trend.INCREASING),  # 0.2000, 0.2600   +0.0600
    ((10, "2.0"), (5, "1.2505"), "0.0501", Trend.INCREASING),  # 0.2000, 0.2501 +0.0501
    ((10, "2.0"), (5, "1.25"), "0.0500", Trend.STABLE),  # 0.2000, 0.2500     exactly +0.05
    ((10, "2.0"), (5, "1.0"), "0.0000", Trend.STABLE),  # 0.2000, 0.2000
    ((10, "2.0"), (5, "0.75"), "-0.0500", Trend.STABLE),  # 0.2000, 0.1500    exactly -0.05
    ((10, "2.0"), (5, "0.7495"), "-0.0501", Trend.DECREASING),  # 0.2000, 0.1499
    ((8, "6.4"), (6, "1.8"), "-0.5000", Trend.DECREASING),  # 0.8000, 0.3000
    # 1.4 / 6 = 0.23333 -> 0.2333; 2.0 / 7 = 0.285714 -> 0.2857; 0.2857 - 0.2333 = 0.0524
    ((6, "1.4"), (7, "2.0"), "0.0524", Trend.INCREASING),
    # 1.250249 / 5 = 0.2500498 -> 0.2500: it is decided by what is shown
    ((10, "2.0"), (5, "1.250249"), "0.0500", Trend.STABLE),
    ((5, "1.0"), (5, "2.0"), "0.2000", Trend.INCREASING),  # five a side are enough
    ((4, "0.8"), (5, "2.0"), None, Trend.TOO_LITTLE_DATA),
    ((5, "1.0"), (4, "1.6"), None, Trend.TOO_LITTLE_DATA),
    ((0, "0"), (30, "9.0"), None, Trend.TOO_LITTLE_DATA),  # a period of a week has no "before"
    ((0, "0"), (0, "0"), None, Trend.TOO_LITTLE_DATA),
]


@pytest.mark.parametrize(("before", "recent", "change", "trend"), TRENDS)
def test_trend_is_the_difference_of_the_averages(
    before: tuple[int, str], recent: tuple[int, str], change: str | None, trend: Trend
) -> None:
    risk = risk_of(TypeFigures("vtol", before=scored(*before), recent=scored(*recent)))
    assert risk.trend is trend
    assert (None if risk.change is None else str(risk.change)) == change
    signed = "" if risk.change is None else f"{risk.change:+}".replace("-", "−")
    assert signed in risk.sentence
    assert "-" not in risk.sentence


def test_line_holds_what_was_counted() -> None:
    """Average: (2.0 + 1.3) / (10 + 5) = 3.3 / 15 = 0.22; 3 of the 18 flights have no risk."""
    risk = risk_of(TypeFigures("multirotor", 18, 4, 2, scored(10, "2.0"), scored(5, "1.3")))
    assert (risk.aircraft_type, risk.flights, risk.scored_flights) == ("multirotor", 18, 15)
    assert (risk.high_risk_flights, risk.critical_anomalies) == (4, 2)
    assert str(risk.average_risk) == "0.2200"
    assert risk.sentence == (
        "Average risk 0.2600 over 5 flights in the last 7 days, 0.2000 over 10 before: +0.0600."
    )


def test_flights_never_assessed_have_no_average_rather_than_zero() -> None:
    risk = risk_of(TypeFigures("rover", flights=9))
    assert (risk.average_risk, risk.change, risk.trend) == (None, None, Trend.TOO_LITTLE_DATA)
    assert risk.sentence == (
        "Flights with a risk: 0 in the last 7 days, 0 before; a trend needs 5 on either side."
    )


def test_all_types_add_up_before_they_are_divided() -> None:
    """Before (4 + 6 flights) 0.8 + 0.6 = 1.4 / 10 = 0.14; recent (2 + 3) 1.0 + 0.3 = 1.3 / 5 =
    0.26: +0.12, where each type alone has too little data. In all 2.7 / 15 = 0.18."""
    risk = risk_of_all(
        [
            TypeFigures("multirotor", 6, 1, 2, scored(4, "0.8"), scored(2, "1.0")),
            TypeFigures("vtol", 10, 3, 0, scored(6, "0.6"), scored(3, "0.3")),
        ]
    )
    assert (risk.flights, risk.high_risk_flights, risk.critical_anomalies) == (16, 4, 2)
    assert (str(risk.average_risk), str(risk.change)) == ("0.1800", "0.1200")
    assert risk.trend is Trend.INCREASING


def test_no_types_are_an_empty_whole() -> None:
    assert (risk_of_all([]).flights, risk_of_all([]).average_risk) == (0, None)


@pytest.mark.parametrize(
    ("trend", "label"),
    [(Trend.INCREASING, "Increasing"), (Trend.TOO_LITTLE_DATA, "Too little data")],
)
def test_trend_has_a_word_for_people(trend: Trend, label: str) -> None:
    assert trend.label == label
