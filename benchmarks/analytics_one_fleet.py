"""What the dearest figures of a large organization cost the database, and their refresh.

A year of flights of one organization: ``DBX_BENCH_FLEET`` of them, of 300 aircraft and 40 pilots.
"""

from __future__ import annotations

import os
import statistics
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from benchmarks.explaining import Taken, explained, p95_ms, spread
from benchmarks.fleets import FLIGHTS, fill, name_pilots
from benchmarks.report import Report

if TYPE_CHECKING:
    from accounts.models import Membership
    from analytics.periods import Period

PREFIX = "analytics.one_fleet"
NAMES = (PREFIX,)
SIZE = int(os.environ.get("DBX_BENCH_FLEET", "200000"))
AIRCRAFT, PILOTS = 300, 40
PERIODS_DAYS = (30, 90, 365)
TIMES, WARM_UP = 100, 10
REFRESHES = 3
MOST_MS = 20.0
MOST_REFRESH_S = 60.0
"""A tenth of what a refresh may take before it is given up."""

Question = Callable[["Membership", "Period"], object]


def run(report: Report) -> None:
    for name, question in _questions().items():
        for days in PERIODS_DAYS:
            if report.wants(f"{PREFIX}.{name}.{days}"):
                _add(report, f"{PREFIX}.{name}.{days}", _times(question, days))
    if report.wants(f"{PREFIX}.refresh"):
        _add_refresh(report)


def _questions() -> dict[str, Question]:
    from analytics.reading.risk_course import levels_by_day
    from analytics.reading.spreads import spreads
    from analytics.reading.utilisation import use_by_pilot

    return {"spreads": spreads, "use_by_pilot": use_by_pilot, "levels_by_day": levels_by_day}


@cache
def _manager() -> Membership:
    """Of the organization, which is made at the first call."""
    from django.utils import timezone

    from accounts.services import add_member
    from analytics.refreshing import refresh_figures
    from aviation.tenants.context import tenant_context
    from aviation.tenants.services import open_organization

    slug = f"fleet-{uuid.uuid4().hex[:12]}"
    organization = open_organization(slug=slug, name="One fleet", time_zone="Europe/Zurich")
    members = [
        add_member(organization=organization, email=f"{number}@{slug}.example.org", role=role)
        for number, role in enumerate(["manager", *["pilot"] * PILOTS])
    ]
    fill(organization, flights=SIZE, aircraft=AIRCRAFT)
    name_pilots(organization, [member.pk for member in members[1:]])
    with tenant_context(organization):
        assert refresh_figures(at=timezone.now()) == "refreshed"
    return members[0]


def _times(question: Question, days: int) -> list[Taken]:
    """Planning and execution of all statements of the question, as the application's role."""
    from django.utils import timezone

    from analytics.periods import last_days

    manager = _manager()
    period = last_days(days, timezone.now(), manager.organization.zone)
    statements = _asked(manager, question, period)
    return [_explained(manager, statements) for _ in range(WARM_UP + TIMES)][WARM_UP:]


def _asked(manager: Membership, question: Question, period: Period) -> list[tuple[str, Any]]:
    from django.db import connection, transaction

    from aviation.tenants.context import tenant_context

    statements: list[tuple[str, Any]] = []

    def note(execute: Any, text: str, values: Any, many: bool, context: Any) -> Any:
        statements.append((text, values))
        return execute(text, values, many, context)

    with (
        tenant_context(manager.organization),
        transaction.atomic(),
        connection.execute_wrapper(note),
    ):
        question(manager, period)
    return [each for each in statements if each[0].startswith(("SELECT", "WITH", "--"))]


def _explained(manager: Membership, statements: list[tuple[str, Any]]) -> Taken:
    from django.db import connection, transaction

    from aviation.tenants.context import tenant_context

    with tenant_context(manager.organization), transaction.atomic(), connection.cursor() as cursor:
        return explained(cursor, statements)


def _add(report: Report, name: str, times: list[Taken]) -> None:
    value = p95_ms(times)
    report.add(
        name=name,
        value=value,
        unit="ms",
        against=f"{spread(times)}; {SIZE:,} flights of a year in one organization",
        ratio=value / MOST_MS,
        goal=f"at most {MOST_MS:g} ms in the database, warm",
        holds=value <= MOST_MS,
    )


def _add_refresh(report: Report) -> None:
    from django.utils import timezone

    manager = _manager()
    times_s = [_fly_and_refresh(manager, timezone.now()) for _ in range(REFRESHES)]
    value = statistics.median(times_s)
    report.add(
        name=f"{PREFIX}.refresh",
        value=value,
        unit="s",
        against=f"one flight more each time, median of {REFRESHES}: {_by_view(manager)}",
        ratio=value / MOST_REFRESH_S,
        goal=f"at most {MOST_REFRESH_S:g} s at {SIZE:,} flights",
        holds=value <= MOST_REFRESH_S,
    )


def _fly_and_refresh(manager: Membership, at: datetime) -> float:
    from django.db import connection, transaction

    from analytics.refreshing import refresh_figures
    from aviation.tenants.context import tenant_context

    with tenant_context(manager.organization):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(FLIGHTS, {"flights": 1, "aircraft": AIRCRAFT})
        began = time.perf_counter()
        assert refresh_figures(at=at) == "refreshed"
        return time.perf_counter() - began


def _by_view(manager: Membership) -> str:
    """What each view took the last time, and how many rows it holds."""
    from django.db import transaction

    from analytics.models import ViewRefresh
    from aviation.tenants.context import tenant_context

    with tenant_context(manager.organization), transaction.atomic():
        rows = list(ViewRefresh.objects.all())
    told = [
        f"{row.view.removeprefix('analytics_')} {row.took_ms} ms {row.row_count:,} rows"
        for row in rows
    ]
    return ", ".join(told)
