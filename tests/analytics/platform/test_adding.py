"""Summaries added up over organizations, and their way through JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.calculations.executive import Figures, Month, Summary
from analytics.calculations.platform import added_summaries
from analytics.periods import Period
from analytics.platform.documents import document_of, summary_from

UTC_ZONE, AUCKLAND = ZoneInfo("UTC"), ZoneInfo("Pacific/Auckland")


def month(number: int, figures: Figures, tz: ZoneInfo = UTC_ZONE) -> Month:
    return Month(Period(date(2026, number, 1), date(2026, number + 1, 1), tz), figures)


def flown(flights: int, active: int, airborne_s: str, scored: int = 0, risk: str = "0") -> Figures:
    return Figures(
        flights=flights,
        active_aircraft=active,
        timed_flights=flights,
        airborne_s=Decimal(airborne_s),
        analysed_flights=scored,
        scored_flights=scored,
        risk_sum=Decimal(risk),
    )


def test_months_add_up_over_organizations() -> None:
    """
              Feb                   Mar
    one       4 flights, 2 active   0
    two       6 flights, 1 active   1 flight, 1 active (the same aircraft)
    together  10, 3                 1, 1     all: 11 flights, 2 + 1 = 3 aircraft
    """
    one = Summary(
        (month(2, flown(4, 2, "0.1", 2, "0.5")), month(3, Figures())), flown(4, 2, "0.1", 2, "0.5")
    )
    two = Summary(
        (month(2, flown(6, 1, "0.2", 1, "0.4"), AUCKLAND), month(3, flown(1, 1, "9"), AUCKLAND)),
        flown(7, 1, "9.2", 1, "0.4"),
    )
    whole = added_summaries([one, two], [each.period for each in one.months])
    assert [each.figures for each in whole.months] == [
        flown(10, 3, "0.3", 3, "0.9"),
        flown(1, 1, "9"),
    ]
    assert whole.total == flown(11, 3, "9.3", 3, "0.9")
    assert whole.total.average_risk == Decimal("0.3")


def test_nobody_adds_up_to_zero() -> None:
    whole = added_summaries([], [month(2, Figures()).period])
    assert (whole.months[0].figures, whole.total) == (Figures(), Figures())
    assert str(whole.total.hours) == "0.0000"


def test_months_out_of_the_period_do_not_count() -> None:
    """As of an organization that was last gathered a month ago."""
    old = Summary((month(1, flown(5, 1, "1")), month(2, flown(2, 1, "2"))), flown(7, 1, "3"))
    periods = [month(number, Figures()).period for number in (2, 3)]
    assert added_summaries([old], periods).total.flights == 2


counts = st.integers(0, 10**9)
exact = st.decimals(0, 10**12, places=20)
all_figures = st.builds(
    Figures,
    flights=counts,
    active_aircraft=counts,
    timed_flights=counts,
    airborne_s=exact,
    distance_m=exact,
    analysed_flights=counts,
    scored_flights=counts,
    risk_sum=exact,
    high_risk_flights=counts,
    anomalies=counts,
    critical_anomalies=counts,
)


@given(st.lists(all_figures, min_size=1, max_size=4), all_figures)
def test_no_digit_is_lost_on_the_way_through_json(months: list[Figures], total: Figures) -> None:
    listed = tuple(month(number, each, AUCKLAND) for number, each in enumerate(months, 1))
    summary = Summary(listed, total)
    assert summary_from(json.loads(json.dumps(document_of(summary)))) == summary


def test_document_of_something_else_is_refused() -> None:
    document = document_of(Summary((month(1, Figures()),), Figures()))
    with pytest.raises(TypeError):
        summary_from(document | {"total": {"colour": 1}})
    assert replace(Figures(), flights=1) != Figures()
