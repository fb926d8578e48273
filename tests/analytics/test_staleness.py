"""Whether anything has changed since: by whatever way it was changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.clock import ROUND_KEY, note_round
from analytics.models import ViewRefresh
from analytics.reading.standing import PATIENCE, Standing, standing
from analytics.refreshing import Outcome, refresh_figures
from analytics.staleness import FIRST_PAUSE, LONGEST_PAUSE, is_due
from aviation.caching.generations import generation_of
from aviation.flights.models import FlightSession
from aviation.mlresults.models import Analysis, Finding
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.services import set_time_zone
from tests.analytics.conftest import break_view
from tests.api.build import make_analysis, make_finding, make_flight
from tests.conftest import Cast
from tests.isolation.conftest import admin_dsn


@pytest.fixture
def settled(fleet: Cast) -> Cast:
    """One flight with an analysis and a finding, its figures fresh."""
    with transaction.atomic():
        make_finding(make_analysis(make_flight(fleet)))
    refresh()
    assert not is_due(timezone.now())
    return fleet


def refresh() -> None:
    assert refresh_figures(at=timezone.now()) == Outcome.REFRESHED


def by_psql(cast: Cast) -> None:
    """Past the application altogether."""
    with psycopg.connect(admin_dsn()) as server:
        schema = cast.organization.schema_name
        server.execute(f"UPDATE {schema}.flights_flightsession SET distance_m = 7")


def by_sql(_: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE mlresults_analysis SET risk_score = 0.5")


def by_time_zone(cast: Cast) -> None:
    set_time_zone(slug=cast.organization.slug, time_zone="Asia/Kathmandu")


CHANGES: dict[str, Callable[[Cast], object]] = {
    "a flight added": lambda cast: make_flight(cast),
    "a flight changed": lambda _: FlightSession.objects.get().save(),
    "flights changed in bulk": lambda _: FlightSession.objects.update(has_flight=False),
    "flights added in bulk": lambda cast: FlightSession.objects.bulk_create(
        [FlightSession(aircraft=cast.aircraft, started_at=timezone.now())]
    ),
    "a flight deleted": lambda _: FlightSession.objects.all().delete(),
    "an analysis changed by SQL": by_sql,
    "an analysis withdrawn": lambda _: Analysis.objects.update(is_active=False),
    "a finding changed": lambda _: Finding.objects.update(severity="critical"),
    "a finding deleted": lambda _: Finding.objects.all().delete(),
    "by psql": by_psql,
    "the time zone": by_time_zone,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_change_is_seen_and_covered(settled: Cast, change: Callable[[Cast], object]) -> None:
    with transaction.atomic():
        change(settled)
    assert is_due(timezone.now())
    refresh()
    assert not is_due(timezone.now())


def test_what_is_no_part_of_the_figures_is_no_change(settled: Cast) -> None:
    with transaction.atomic():
        settled.aircraft.name = "Renamed"
        settled.aircraft.save()
    assert not is_due(timezone.now())


def test_another_organizations_change_is_none(settled: Cast, casts: dict[str, Cast]) -> None:
    alpha = casts["alpha"]
    with tenant_context(alpha.organization), transaction.atomic():
        flight = make_flight(alpha)
        flight.delete()
    assert not is_due(timezone.now())


def test_note_left_is_seen_by_the_clock(settled: Cast) -> None:
    with transaction.atomic():
        ViewRefresh.objects.filter(view="analytics_dailyflights").update(asked_at=timezone.now())
    assert is_due(timezone.now())


def test_failures_are_tried_again_ever_more_seldom(settled: Cast) -> None:
    at = timezone.now()
    break_view()
    pauses = []
    for _ in range(9):
        assert refresh_figures(at=at) == Outcome.FAILED
        pause = timedelta(0)
        while not is_due(at + pause):
            pause += FIRST_PAUSE / 2
        pauses.append(pause / FIRST_PAUSE)
        at += pause
    assert pauses == [1, 2, 4, 8, 16, 32, 64, LONGEST_PAUSE / FIRST_PAUSE, 72]


# --- what is shown beside the figures ----------------------------------------------------------


def test_fresh_figures_have_an_age_and_nothing_wrong(settled: Cast) -> None:
    with transaction.atomic():
        (refreshed_at,) = set(ViewRefresh.objects.values_list("refreshed_at", flat=True))
    assert standing(timezone.now()) == Standing(refreshed_at, is_stale=False, failure="")


LATER = PATIENCE + timedelta(minutes=1)


@pytest.fixture
def changed(settled: Cast) -> datetime:
    """Something has changed just after the refresh of this moment; the clock was never there."""
    with platform_context():
        cache.delete(ROUND_KEY)
    with transaction.atomic():
        make_flight(settled)
    return standing(timezone.now()).refreshed_at


def test_old_figures_of_a_quiet_fleet_are_not_stale(settled: Cast) -> None:
    with platform_context():
        cache.delete(ROUND_KEY)
    assert not standing(timezone.now() + timedelta(days=3)).is_stale


def test_change_makes_figures_stale_when_the_clock_stays_away(changed: datetime) -> None:
    assert not standing(changed + PATIENCE).is_stale
    assert standing(changed + LATER).is_stale
    note_round(changed)
    assert standing(changed + LATER).is_stale


def test_change_of_old_figures_is_not_stale_while_the_clock_is_about(changed: datetime) -> None:
    """A flight that ended a moment ago, after a quiet day."""
    tomorrow = changed + timedelta(days=1)
    note_round(tomorrow - timedelta(minutes=5))
    assert not standing(tomorrow).is_stale


def test_redis_away_is_a_clock_that_stays_away(changed: datetime, settings: Any) -> None:
    note_round(changed + LATER)
    nowhere = {"LOCATION": "unix:///nowhere/redis.sock"}
    settings.CACHES = {alias: each | nowhere for alias, each in settings.CACHES.items()}
    assert standing(changed + LATER).is_stale


def test_refresh_ends_it(changed: datetime) -> None:
    refresh()
    shown = standing(changed + timedelta(days=1))
    assert not shown.is_stale
    assert shown.refreshed_at > changed


def test_failure_is_told_in_plain_words(settled: Cast) -> None:
    break_view()
    refresh_figures(at=timezone.now())
    shown = standing(timezone.now())
    assert shown.failure.startswith("Making the figures anew failed on ")
    assert f"those of {shown.refreshed_at:%-d %b %Y, %H:%M} UTC" in shown.failure
    for word in ("analytics_", "index", "Error", "concurrently"):
        assert word not in shown.failure


def test_age_costs_two_queries(settled: Cast) -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        standing(timezone.now())
    asked = [each for each in captured if "SELECT" in each["sql"]]
    assert len(asked) <= 2


def test_refresh_ends_what_was_cached_of_the_figures(settled: Cast) -> None:
    """In the transaction that makes them anew: nobody has the new rows with the old generation."""
    with transaction.atomic():
        before = generation_of("figures")
        make_flight(settled)
        assert generation_of("figures") == before
    refresh()
    with transaction.atomic():
        assert generation_of("figures") > before
