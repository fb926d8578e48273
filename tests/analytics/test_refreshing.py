"""One refresh at a time, none forgotten, and the old figures stand until the new ones do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from analytics import refreshing
from analytics.models import DailyFlights, ViewRefresh
from analytics.refreshing import FIGURES, ROUNDS, Outcome, refresh_figures
from aviation.telemetry.models import TelemetryPoint
from aviation.telemetry.storing import store_rows
from aviation.tenants.context import tenant_context
from aviation.tenants.limits import time_limits
from aviation.tenants.views import refresh_view
from tests.analytics.conftest import break_view, mend_view, refreshes
from tests.analytics.generated import store_fleet
from tests.api.build import make_flight
from tests.conftest import Cast, make_cast
from tests.isolation.conftest import admin_dsn
from tests.isolation.crowd import in_threads
from tests.isolation.seeds import BOOT_AT, rows


@transaction.atomic
def fly(cast: Cast) -> None:
    make_flight(cast)


@transaction.atomic
def counted() -> int:
    return sum(row.flights for row in DailyFlights.objects.all())


def refresh(at: datetime | None = None) -> Outcome:
    return refresh_figures(at=at or timezone.now())


def elsewhere(cast: Cast, work: Callable[[], Any]) -> Any:
    """Do it in a thread with connections of its own, the organization bound."""

    def bound(_: int) -> Any:
        with tenant_context(cast.organization):
            return work()

    return in_threads(1, bound)[0]


@contextmanager
def held_at(patch: pytest.MonkeyPatch, step: str, cast: Cast) -> Iterator[Future[Outcome]]:
    """A refresh in another thread that waits at its first ``step`` until the block is left."""
    reached, go_on = threading.Event(), threading.Event()
    real = getattr(refreshing, step)

    def waiting(*arguments: Any) -> Any:
        if not reached.is_set():
            reached.set()
            assert go_on.wait(30)
        return real(*arguments)

    patch.setattr(refreshing, step, waiting)
    with ThreadPoolExecutor(1) as thread:
        outcome = thread.submit(elsewhere, cast, refresh)
        try:
            assert reached.wait(30)
            yield outcome
        finally:
            go_on.set()


def test_refresh_notes_age_duration_and_rows(fleet: Cast) -> None:
    fly(fleet)
    before = timezone.now()
    assert refresh() == Outcome.REFRESHED
    rows = refreshes()
    assert len(rows) == len(FIGURES)
    for row in rows.values():
        assert before <= row.refreshed_at <= timezone.now()
        assert (row.failed_at, row.failures, row.error) == (None, 0, "")
    assert len({row.refreshed_at for row in rows.values()}) == 1
    assert rows["analytics_dailyflights"].row_count == 1


def test_two_organizations_refresh_at_once(fleet: Cast) -> None:
    """They do not wait for each other, and each sees its own rows."""
    other = make_cast(f"{fleet.organization.slug}-b")
    with tenant_context(other.organization):
        for _ in range(2):
            fly(other)
    fly(fleet)
    with pytest.MonkeyPatch.context() as patch, held_at(patch, "_note_success", fleet):
        assert elsewhere(other, refresh) == Outcome.REFRESHED
    assert counted() == 1
    assert elsewhere(other, counted) == 2


def test_second_refresh_leaves_the_work_to_the_first(
    fleet: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it came for is in the figures when the first ends, though read after them."""
    fly(fleet)
    with held_at(monkeypatch, "_note_success", fleet) as first:
        fly(fleet)
        assert refresh() == Outcome.LEFT
    assert first.result(30) == Outcome.REFRESHED
    assert counted() == 2
    assert not refreshes()["analytics_dailyflights"].is_asked_for


def test_first_may_end_before_the_note_is_there(
    fleet: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between finding it at work and leaving the note: nobody would read that any more."""
    real = refreshing._leave_note
    with ExitStack() as first_at_work:
        first = first_at_work.enter_context(held_at(monkeypatch, "_note_success", fleet))

        def late() -> None:
            first_at_work.close()
            assert first.result(30) == Outcome.REFRESHED
            real()

        monkeypatch.setattr(refreshing, "_leave_note", late)
        fly(fleet)
        assert refresh() == Outcome.REFRESHED
    assert counted() == 1


def test_readers_do_not_wait_for_a_refresh(fleet: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """All views are made anew and not committed: the old rows are read meanwhile."""
    fly(fleet)
    refresh()
    fly(fleet)
    with held_at(monkeypatch, "_note_success", fleet), time_limits(lock_s=0.2, statement_s=5):
        assert counted() == 1
    assert counted() == 2


def test_organization_that_never_rests_is_left_to_the_clock(
    fleet: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    real = refreshing._note_success
    monkeypatch.setattr(
        refreshing, "_note_success", lambda rows: (made.append(1), real(rows), ask())
    )
    assert refresh() == Outcome.REFRESHED
    assert len(made) == ROUNDS
    assert refreshes()["analytics_dailyflights"].is_asked_for


def ask() -> None:
    refreshing._leave_note()
    later = timezone.now() + timedelta(seconds=1)
    ViewRefresh.objects.filter(asked_at__isnull=False).update(asked_at=later)


def test_failed_refresh_keeps_the_old_figures(
    fleet: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    """Of all views, also of those that went well before the one that failed."""
    fly(fleet)
    refresh()
    good = refreshes()
    fly(fleet)
    break_view()
    at = timezone.now()
    assert refresh(at) == Outcome.FAILED
    assert counted() == 1
    rows = refreshes()
    failed = rows["analytics_dailyanalyses"]
    assert (failed.failed_at, failed.failures) == (at, 1)
    assert "concurrently" in failed.error
    assert failed.refreshed_at == good["analytics_dailyanalyses"].refreshed_at
    assert rows["analytics_dailyflights"].failures == 0
    (record,) = [each for each in caplog.records if "figures not refreshed" in each.getMessage()]
    assert record.levelno == logging.ERROR
    assert fleet.organization.slug in record.getMessage()


def test_success_ends_the_failure(fleet: Cast) -> None:
    fly(fleet)
    break_view()
    for number in (1, 2):
        refresh()
        assert refreshes()["analytics_dailyanalyses"].failures == number
    mend_view()
    assert refresh() == Outcome.REFRESHED
    row = refreshes()["analytics_dailyanalyses"]
    assert (row.failed_at, row.failures, row.error) == (None, 0, "")
    assert counted() == 1


def test_refresh_that_takes_too_long_is_a_failure(
    fleet: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(10)")

    monkeypatch.setattr(refreshing, "LONGEST_REFRESH_S", 0.05)
    monkeypatch.setattr(refreshing, "refresh_view", slow)
    assert refresh() == Outcome.FAILED
    assert "statement timeout" in refreshes()["analytics_dailyflights"].error


def test_lost_connection_is_recorded_by_the_next(
    fleet: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
        kill(pid)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    monkeypatch.setattr(refreshing, "refresh_view", cut)
    assert refresh() == Outcome.FAILED
    assert refreshes()["analytics_dailyflights"].failures == 1


def kill(pid: int) -> None:
    with psycopg.connect(admin_dsn()) as server:
        server.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


def test_notes_that_got_lost_are_written_anew(fleet: Cast) -> None:
    with transaction.atomic():
        ViewRefresh.objects.all().delete()
    assert refresh() == Outcome.REFRESHED
    assert len(refreshes()) == len(FIGURES)


def test_session_that_refreshed_can_stage_rows(fleet: Cast) -> None:
    """A refresh makes temporary tables as the owner, in the room where imports make theirs."""
    with transaction.atomic():
        flight = make_flight(fleet)
        refresh()
        assert store_rows(session_id=flight.pk, boot_at=BOOT_AT, rows=rows(3)) == 3
    with transaction.atomic():
        assert TelemetryPoint.objects.count() == 3


def test_refresh_is_quick_though_the_tables_were_empty_when_last_looked_at(fleet: Cast) -> None:
    """As after many flights were deleted, statistics taken, and a folder of logs imported."""
    with transaction.atomic():
        store_fleet(3_000, seed=1)
        transaction.set_rollback(True)
    with psycopg.connect(admin_dsn(), autocommit=True) as server:
        for table in ("flights_flightsession", "mlresults_analysis", "mlresults_finding"):
            server.execute(f"ANALYZE {fleet.organization.schema_name}.{table}")
    with transaction.atomic():
        store_fleet(3_000, seed=1)
        with time_limits(statement_s=3):
            for view in ("analytics_dailyanalyses", "analytics_dailyanomalies"):
                refresh_view(view)
