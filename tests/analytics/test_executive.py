"""The executive summary, against figures worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from analytics.calculations.executive import Figures, Summary
from analytics.narrowing import Narrowing
from analytics.periods import Period
from analytics.reading.executive import executive_summary, summary_of
from tests.analytics.build import fly, keep_days_in, make_aircraft, refresh
from tests.conftest import Cast

ZURICH = ZoneInfo("Europe/Zurich")
UTC_ZONE = ZoneInfo("UTC")
AT = datetime(2026, 4, 24, 12, tzinfo=UTC)


@pytest.fixture
def zurich(in_alpha: Cast) -> Iterator[Cast]:
    """Alpha, bound, with its days in Zürich."""
    keep_days_in(in_alpha.organization, "Europe/Zurich")
    yield in_alpha
    in_alpha.organization.time_zone = "UTC"


def of(summary: Summary, month: str) -> Figures:
    return next(m.figures for m in summary.months if f"{m.period.start:%Y-%m}" == month)


def test_months_without_flights_are_there_with_zeros(in_alpha: Cast) -> None:
    refresh()
    summary = executive_summary(AT, UTC_ZONE)
    assert [month.period.start for month in summary.months] == [
        *(date(2025, number, 1) for number in range(5, 13)),
        *(date(2026, number, 1) for number in range(1, 5)),
    ]
    assert {month.figures for month in summary.months} == {Figures()}
    assert summary.total == Figures()
    assert summary.period == Period(date(2025, 5, 1), date(2026, 5, 1), UTC_ZONE)


def test_single_flight_is_its_months_and_the_whole(in_alpha: Cast) -> None:
    fly(in_alpha, datetime(2026, 2, 10, 9, tzinfo=UTC), risk=0.31, findings=(("gps", "warning"),))
    refresh()
    summary = executive_summary(AT, UTC_ZONE)
    expected = Figures(
        flights=1,
        active_aircraft=1,
        timed_flights=1,
        airborne_s=Decimal(600),
        distance_m=Decimal(1200),
        analysed_flights=1,
        scored_flights=1,
        risk_sum=Decimal("0.31"),
        anomalies=1,
    )
    assert of(summary, "2026-02") == expected == summary.total
    assert [m for m in summary.months if m.figures.flights] == [summary.months[9]]


def test_figures_of_a_quarter_are_those_worked_out_by_hand(in_alpha: Cast) -> None:
    """
    flight  month  aircraft  s       m      risk   level     findings
    1       Jan    A         600     1200   0.20   low       –
    2       Jan    A         900     3000   0.80   high      motor critical, motor warning, info
    3       Jan    B         unknown 500    none   –         battery warning
    4       Mar    A         300     0      not analysed
    5       Mar    B         60.5    99.5   0.95   critical  gps critical
    """
    two = make_aircraft("ALPHA-2")

    def day(month: int, number: int) -> datetime:
        return datetime(2026, month, number, 10, tzinfo=UTC)

    fly(in_alpha, day(1, 1), risk=0.2)
    fly(
        in_alpha,
        day(1, 31),
        risk=0.8,
        level="high",
        findings=(("motor", "critical"), ("motor", "warning"), ("motor", "info")),
        airborne_s=900.0,
        distance_m=3_000.0,
    )
    fly(
        in_alpha,
        day(1, 31),
        aircraft=two,
        findings=(("battery", "warning"),),
        airborne_s=None,
        distance_m=500.0,
    )
    fly(in_alpha, day(3, 1), analysed=False, airborne_s=300.0, distance_m=0.0)
    fly(
        in_alpha,
        day(3, 2),
        aircraft=two,
        risk=0.95,
        level="critical",
        findings=(("gps", "critical"),),
        airborne_s=60.5,
        distance_m=99.5,
    )
    refresh()
    summary = summary_of(Period(date(2026, 1, 1), date(2026, 4, 1), UTC_ZONE))
    assert [month.figures for month in summary.months] == [
        # Jan: 600 + 900 s; 1,200 + 3,000 + 500 m; 0.2 + 0.8; motor 2, battery 1
        Figures(3, 2, 2, Decimal(1_500), Decimal(4_700), 3, 2, Decimal(1), 1, 3, 1),
        Figures(),
        # Mar: 300 + 60.5 s; 0 + 99.5 m; one of two analysed
        Figures(2, 2, 2, Decimal("360.5"), Decimal("99.5"), 1, 1, Decimal("0.95"), 1, 1, 1),
    ]
    # Aircraft: A and B, not 2 + 2. Risk: (0.2 + 0.8 + 0.95) / 3 = 0.65. High: 2 of 3.
    total = summary.total
    assert total == Figures(
        5, 2, 4, Decimal("1860.5"), Decimal("4799.5"), 4, 3, Decimal("1.95"), 2, 4, 2
    )
    assert (total.average_risk, total.high_risk_share) == (Decimal("0.65"), Decimal("0.6667"))
    assert str(total.hours) == "0.5168"  # 1,860.5 / 3,600 = 0.516805...


def test_planned_grounded_and_running_flights_are_not_counted(in_alpha: Cast) -> None:
    moment = datetime(2026, 2, 10, 9, tzinfo=UTC)
    fly(in_alpha, moment, has_flight=False, risk=0.9, level="critical")
    fly(in_alpha, moment, state="planned", analysed=False)
    fly(in_alpha, moment, state="in_progress", analysed=False)
    refresh()
    assert executive_summary(AT, UTC_ZONE).total == Figures()


def test_second_analysis_counts_in_the_place_of_the_first(in_alpha: Cast) -> None:
    from tests.api.build import make_analysis, make_finding

    flight = fly(in_alpha, datetime(2026, 2, 10, 9, tzinfo=UTC), risk=0.2)
    older = make_analysis(flight, engine_version="0", is_active=False, risk_score=0.9)
    make_finding(older, severity="critical")
    refresh()
    total = executive_summary(AT, UTC_ZONE).total
    assert (total.risk_sum, total.scored_flights, total.anomalies) == (Decimal("0.2"), 1, 0)


@pytest.mark.parametrize(
    ("started_at", "month"),
    [
        # Zürich is an hour ahead of UTC in winter and two in summer.
        (datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC), "2026-02"),
        (datetime(2026, 2, 28, 23, 0, tzinfo=UTC), "2026-03"),
        # The clock went forward on 29 March: April begins at 22:00 UTC.
        (datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC), "2026-03"),
        (datetime(2026, 3, 31, 22, 0, tzinfo=UTC), "2026-04"),
        # The hour that is not, 02:00 to 03:00 local, and the hour that is twice.
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03"),
        (datetime(2025, 10, 26, 0, 30, tzinfo=UTC), "2025-10"),
        (datetime(2025, 10, 26, 1, 30, tzinfo=UTC), "2025-10"),
        # It went back on 26 October: November begins at 23:00 UTC.
        (datetime(2025, 10, 31, 22, 59, 59, tzinfo=UTC), "2025-10"),
        (datetime(2025, 10, 31, 23, 0, tzinfo=UTC), "2025-11"),
    ],
)
def test_month_is_that_of_the_start_in_the_organizations_time_zone(
    zurich: Cast, started_at: datetime, month: str
) -> None:
    fly(zurich, started_at)
    refresh()
    summary = executive_summary(AT, ZURICH)
    assert of(summary, month).flights == 1
    assert summary.total.flights == 1


def test_running_month_is_that_of_the_moment_in_the_organizations_time_zone(zurich: Cast) -> None:
    refresh()
    at = datetime(2026, 4, 30, 22, 0, tzinfo=UTC)
    assert executive_summary(at, ZURICH).months[-1].period.start == date(2026, 5, 1)
    assert executive_summary(at, UTC_ZONE).months[-1].period.start == date(2026, 4, 1)


def test_part_of_a_month_holds_its_days_only(in_alpha: Cast) -> None:
    for number in (9, 10, 19, 20):
        fly(in_alpha, datetime(2026, 2, number, 9, tzinfo=UTC))
    refresh()
    summary = summary_of(Period(date(2026, 2, 10), date(2026, 2, 20), UTC_ZONE))
    assert [month.figures.flights for month in summary.months] == [2]


def test_summary_is_narrowed_to_an_aircraft_or_a_type(in_alpha: Cast) -> None:
    wing = make_aircraft("ALPHA-W", "fixed_wing")
    moment = datetime(2026, 2, 10, 9, tzinfo=UTC)
    fly(in_alpha, moment, risk=0.2, findings=(("gps", "warning"),))
    fly(in_alpha, moment, aircraft=wing, risk=0.4, findings=(("gps", "critical"),))
    refresh()
    period = Period(date(2026, 2, 1), date(2026, 3, 1), UTC_ZONE)

    def told(narrowing: Narrowing) -> tuple[int, int, Decimal, int, int]:
        total = summary_of(period, narrowing).total
        return (
            total.flights,
            total.active_aircraft,
            total.risk_sum,
            total.anomalies,
            total.critical_anomalies,
        )

    assert told(Narrowing(wing.pk)) == (1, 1, Decimal("0.4"), 1, 1)
    assert told(Narrowing(aircraft_type="multirotor")) == (1, 1, Decimal("0.2"), 1, 0)
    assert told(Narrowing(wing.pk, "multirotor")) == (0, 0, Decimal(0), 0, 0)
    assert told(Narrowing()) == (2, 2, Decimal("0.6"), 2, 1)


@pytest.mark.parametrize("flights", [1, 40])
def test_summary_takes_three_queries_whatever_there_is(
    in_alpha: Cast, django_assert_num_queries: object, flights: int
) -> None:
    for number in range(flights):
        fly(in_alpha, datetime(2026, 1 + number % 4, 10, 9, tzinfo=UTC), risk=0.2)
    refresh()
    with django_assert_num_queries(3):  # type: ignore[operator]
        executive_summary(AT, UTC_ZONE)
