"""The stored figures equal an independent computation, to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from analytics.models import (
    DailyAnalyses,
    DailyAnomalies,
    DailyFlights,
    DailyLevels,
    DailyPilots,
    WeeklySpreads,
)
from analytics.periods import Period
from analytics.refreshing import FIGURES, Outcome, refresh_figures
from aviation.tenants.context import tenant_context
from aviation.tenants.services import set_time_zone
from tests.analytics import plain
from tests.analytics.generated import YEAR_DAYS
from tests.api.build import make_analysis, make_finding, make_flight
from tests.conftest import Cast

FIRST_DAY = date(2025, 11, 25)
DAYS = YEAR_DAYS + 10


@pytest.fixture
def generated(varied_fleet: Cast, django_db_blocker: Any) -> Iterator[Cast]:
    """10,000 flights, bound."""
    with django_db_blocker.unblock(), tenant_context(varied_fleet.organization):
        yield varied_fleet
        for connection in connections.all():
            connection.close()


def refreshed(cast: Cast, zone: str) -> None:
    set_time_zone(slug=cast.organization.slug, time_zone=zone)
    assert refresh_figures(at=timezone.now()) == Outcome.REFRESHED


@transaction.atomic
def stored(model: Any) -> list[tuple[Any, ...]]:
    names = [field.attname for field in model._meta.concrete_fields if field.name != "pk"]
    return list(model.objects.order_by(*model._meta.ordering[:2]).values_list(*names))


@pytest.mark.parametrize("zone", ["Europe/Zurich", "America/New_York", "UTC"])
def test_figures_equal_plain_sql_to_the_last_digit(generated: Cast, zone: str) -> None:
    refreshed(generated, zone)
    for model, query in (
        (DailyFlights, plain.FLIGHTS),
        (DailyAnalyses, plain.ANALYSES),
        (DailyAnomalies, plain.ANOMALIES),
        (DailyLevels, plain.LEVELS),
        (DailyPilots, plain.PILOTS),
    ):
        expected = plain.computed(query, zone, FIRST_DAY, DAYS)
        assert len(expected) > (300 if model in (DailyLevels, DailyPilots) else 2_000)
        assert sorted(stored(model), key=str) == sorted(expected, key=str), model


@pytest.mark.parametrize("zone", ["Europe/Zurich", "America/New_York", "UTC"])
def test_spreads_hold_each_value_of_its_day(generated: Cast, zone: str) -> None:
    """In weeks from Monday, and in steps that do not overlap."""
    refreshed(generated, zone)
    with transaction.atomic():
        rows = list(WeeklySpreads.objects.order_by("measure", "step"))
    kept = [
        (row.measure, day, value, times)
        for row in rows
        for value, day, times in zip(row.values, row.days, row.times, strict=True)
    ]
    assert sorted(kept) == sorted(plain.computed(plain.VALUES, zone, FIRST_DAY, DAYS))
    assert len(kept) > 10_000
    for row in rows:
        assert row.flights == sum(row.times)
        assert {day - timedelta(days=day.weekday()) for day in row.days} == {row.week}
    for lower, upper in pairwise(rows):
        if lower.measure == upper.measure and lower.step < upper.step:
            assert max(lower.values) < min(upper.values)


def test_generated_flights_have_what_makes_counting_hard(generated: Cast) -> None:
    """Otherwise the comparison would show nothing."""
    refreshed(generated, "Europe/Zurich")
    with transaction.atomic():
        rows = DailyFlights.objects.all()
        assert rows.filter(timed_flights=0, duration_avg_s=None, duration_p95_s=None).exists()
        assert rows.filter(airborne_s=0, timed_flights__gt=0).exists()
        assert rows.filter(flights__gt=5).exists()
        assert DailyAnalyses.objects.filter(scored_flights=0, risk_avg=None).exists()
        assert sum(row.flights for row in rows) < 10_000


def test_days_differ_by_time_zone(generated: Cast) -> None:
    refreshed(generated, "Europe/Zurich")
    zurich = stored(DailyFlights)
    refreshed(generated, "America/New_York")
    assert stored(DailyFlights) != zurich


# --- by hand ---------------------------------------------------------------------------------


@pytest.fixture
def one(in_alpha: Cast) -> Cast:
    """Alpha in Zurich; what a test does is rolled back."""
    set_time_zone(slug=in_alpha.organization.slug, time_zone="Europe/Zurich")
    return in_alpha


def refresh() -> None:
    assert refresh_figures(at=timezone.now()) == Outcome.REFRESHED


def test_no_flight_no_rows(one: Cast) -> None:
    refresh()
    for model in FIGURES:
        assert stored(model) == []


def test_one_flight_in_all_its_figures(one: Cast) -> None:
    """23:30 UTC on 28 March is 00:30 on the 29th in Zurich, the day the clocks go forward."""
    flight = make_flight(
        one,
        started_at=datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
        airborne_s=600.1,
        distance_m=1_234.5,
    )
    analysis = make_analysis(flight, risk_score=0.7, risk_level="high")
    make_finding(analysis, 0, component="motor", severity="critical", is_on_ground=True)
    make_finding(analysis, 1, component="motor", severity="critical")
    make_finding(analysis, 2, component="motor", severity="info")
    refresh()
    day, plane = date(2026, 3, 29), one.aircraft.pk
    air_s = Decimal("600.1")
    assert stored(DailyFlights) == [(day, plane, 1, air_s, 1, Decimal("1234.5"), air_s, 600.1)]
    risk = Decimal("0.7")
    assert stored(DailyAnalyses) == [(day, plane, 1, 1, risk, risk, 0.7, 1)]
    assert stored(DailyAnomalies) == [(day, plane, "motor", "critical", 2)]


@pytest.mark.parametrize(
    "values",
    [
        {"state": "planned"},
        {"state": "in_progress"},
        {"has_flight": False},
        {"state": "aborted", "has_flight": False},
    ],
    ids=str,
)
def test_what_did_not_fly_is_in_no_figure(one: Cast, values: dict[str, Any]) -> None:
    make_finding(make_analysis(make_flight(one, **values)))
    refresh()
    for model in FIGURES:
        assert stored(model) == []


def test_flight_analysed_twice_counts_once_by_the_newer(one: Cast) -> None:
    flight = make_flight(one)
    old = make_analysis(flight, is_active=False, engine_version="1", risk_score=0.9)
    new = make_analysis(flight, engine_version="2", risk_score=0.1, risk_level="low")
    make_finding(old, component="battery")
    make_finding(new, component="gps")
    refresh()
    (analyses,) = DailyAnalyses.objects.all()
    assert (analyses.analysed_flights, analyses.risk_max, analyses.high_risk_flights) == (1, 0.1, 0)
    assert [row.component for row in DailyAnomalies.objects.all()] == ["gps"]


def test_risk_not_assessed_is_not_zero(one: Cast) -> None:
    make_analysis(make_flight(one), risk_score=None, risk_level="")
    make_analysis(make_flight(one), risk_score=0.5, risk_level="high")
    refresh()
    (row,) = DailyAnalyses.objects.all()
    assert (row.analysed_flights, row.scored_flights, row.risk_avg) == (2, 1, Decimal("0.5"))


def test_period_takes_its_own_days_only(one: Cast) -> None:
    """The last moment before a local midnight and the first after it, in the long October night."""
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    next_midnight = datetime(2026, 10, 25, 23, tzinfo=UTC)
    for at in (
        midnight - timedelta(microseconds=1),
        midnight,
        next_midnight - timedelta(microseconds=1),
        next_midnight,
    ):
        make_flight(one, started_at=at)
    refresh()
    day = Period(date(2026, 10, 25), date(2026, 10, 26), one.organization.zone)
    assert [row.flights for row in DailyFlights.objects.within(day)] == [2]
    assert [row.flights for row in DailyFlights.objects.order_by("day")] == [1, 2, 1]


@pytest.mark.parametrize("role", ["admin", "manager", "analyst", "user", "readonly", "pilot"])
def test_pilot_alone_sees_no_figures(one: Cast, role: str) -> None:
    make_flight(one)
    refresh()
    seen = DailyFlights.objects.visible_to(one.members[role]).count()
    assert seen == (0 if role == "pilot" else 1)
