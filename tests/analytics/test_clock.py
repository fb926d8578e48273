"""T12: what the scheduler refreshes, and what an operator does by hand."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.utils import timezone

from analytics import tasks
from analytics.clock import last_round_at
from analytics.management.commands import refresh_analytics
from analytics.models import DailyFlights
from analytics.tasks import refresh_changed
from aviation.tenants.context import tenant_context
from config.celery import app
from config.schedule import SCHEDULE
from tests.analytics.conftest import break_view
from tests.api.build import make_flight
from tests.conftest import Cast, make_cast


@pytest.fixture
def two(
    django_db_setup: None, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Cast, Cast]]:
    """Two organizations with one flight and two; the only ones the clock finds."""
    with django_db_blocker.unblock():
        casts = tuple(make_cast(f"clock-{uuid.uuid4().hex[:12]}") for _ in range(2))
        for number, cast in enumerate(casts, 1):
            fly(cast, number)
        for module in (tasks, refresh_analytics):
            monkeypatch.setattr(
                module, "active_organizations", lambda: [each.organization for each in casts]
            )
        yield casts  # type: ignore[misc]
        for connection in connections.all():
            connection.close()


def fly(cast: Cast, times: int = 1) -> None:
    with tenant_context(cast.organization), transaction.atomic():
        for _ in range(times):
            make_flight(cast)


def counted(cast: Cast) -> int:
    with tenant_context(cast.organization), transaction.atomic():
        rows = DailyFlights.objects.select_related("aircraft")
        assert {row.aircraft for row in rows} <= {cast.aircraft}
        return sum(row.flights for row in rows)


def breaking(cast: Cast) -> None:
    with tenant_context(cast.organization):
        break_view()


def test_scheduler_knows_the_task() -> None:
    entries = [each for each in SCHEDULE.values() if each["task"] == "analytics.refresh_changed"]
    assert [each["schedule"] for each in entries] == [300.0]
    app.loader.import_default_modules()
    assert {"analytics.refresh_changed", "analytics.refresh"} <= set(app.tasks)


def test_clock_refreshes_each_organization_with_its_own_rows(two: tuple[Cast, Cast]) -> None:
    refresh_changed()
    assert [counted(cast) for cast in two] == [1, 2]


def test_clock_refreshes_only_what_has_changed(
    two: tuple[Cast, Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh_changed()
    fly(two[1])
    real, made = tasks.refresh_figures, []
    monkeypatch.setattr(tasks, "refresh_figures", lambda **kw: (made.append(1), real(**kw)))
    refresh_changed()
    assert len(made) == 1
    assert [counted(cast) for cast in two] == [1, 3]


def test_clock_notes_its_round(two: tuple[Cast, Cast]) -> None:
    before = timezone.now()
    refresh_changed()
    round_at = last_round_at()
    assert round_at is not None
    assert before <= round_at <= timezone.now()


def test_failure_of_one_stops_no_other(two: tuple[Cast, Cast]) -> None:
    breaking(two[0])
    refresh_changed()
    assert [counted(cast) for cast in two] == [0, 2]


def test_fault_of_ours_stops_no_other(
    two: tuple[Cast, Cast], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = tasks.refresh_figures
    calls: list[int] = []

    def faulty(**arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a fault")
        return real(**arguments)

    monkeypatch.setattr(tasks, "refresh_figures", faulty)
    refresh_changed()
    assert [counted(cast) for cast in two] == [0, 2]
    assert any("figures not refreshed" in each for each in caplog.messages)


def run(*arguments: str) -> str:
    answer = StringIO()
    call_command("refresh_analytics", *arguments, stdout=answer, stderr=StringIO())
    return answer.getvalue()


def test_command_refreshes_what_has_changed(two: tuple[Cast, Cast]) -> None:
    assert "2 organizations" in run()
    assert [counted(cast) for cast in two] == [1, 2]
    assert "0 organizations" in run()
    assert "2 organizations" in run("--all")


def test_command_refreshes_one(two: tuple[Cast, Cast]) -> None:
    slug = two[1].organization.slug
    assert json.loads(run("--organization", slug, "--json")) == {slug: "refreshed"}
    assert [counted(cast) for cast in two] == [0, 2]


def test_dry_run_changes_nothing(two: tuple[Cast, Cast]) -> None:
    slugs = [cast.organization.slug for cast in two]
    answer = json.loads(run("--dry-run", "--json"))
    assert answer == dict.fromkeys(slugs, "would be refreshed")
    assert [counted(cast) for cast in two] == [0, 0]


def test_command_fails_when_one_failed_and_does_the_others(two: tuple[Cast, Cast]) -> None:
    breaking(two[0])
    with pytest.raises(CommandError, match=two[0].organization.slug):
        run("--all")
    assert [counted(cast) for cast in two] == [0, 2]


def test_unknown_organization_is_told(two: tuple[Cast, Cast]) -> None:
    with pytest.raises(CommandError, match="There is no organization"):
        run("--organization", "never-was")
