"""What the figures about a fleet cost the database, from the views and from the tables below."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.explaining import Taken, explained, median_ms, p95_ms, spread
from benchmarks.large_world import ASKED, places, size
from benchmarks.report import Report

NAMES = ("analytics.summary", "analytics.risk_profile", "analytics.wear", "analytics.platform")
TIMES, WARM_UP = 200, 2
PLAIN_TIMES = 15
MOST_MS = 20.0
MOST_S = 2.0
"""For the platform's page."""
VIEWS = ("flights", "analyses", "anomalies")

Statements = list[tuple[str, Any]]
Question = Callable[[datetime, Any], object]


def run(report: Report) -> None:
    from django.utils import timezone

    at = timezone.now()
    for name, question in _questions().items():
        if report.wants(name):
            asked = places()[: 1 if name == "analytics.wear" else ASKED]
            _add(report, name, _times(asked, question, at), _plain_times(asked, question, at))
    if report.wants("analytics.platform"):
        _add_platform(report, at)


def _questions() -> dict[str, Question]:
    from analytics.periods import last_days
    from analytics.reading.executive import executive_summary
    from analytics.reading.risk_profile import risk_profile
    from analytics.reading.wear import wear_list

    return {
        "analytics.summary": executive_summary,
        "analytics.risk_profile": lambda at, tz: risk_profile(last_days(90, at, tz)),
        "analytics.wear": lambda at, _: wear_list(at),
    }


def _times(asked: list[Any], question: Question, at: datetime) -> list[Taken]:
    """Planning and execution of all statements of the question, as the application's role."""
    times = []
    for number in range(WARM_UP * len(asked) + TIMES):
        place = asked[number % len(asked)]
        times.append(_explained(place, _asked(place, question, at), []))
    return times[WARM_UP * len(asked) :]


def _plain_times(asked: list[Any], question: Question, at: datetime) -> list[Taken]:
    """The same with the views' own SQL over the base tables in place of the views."""
    times = []
    for number in range(PLAIN_TIMES):
        place = asked[number % len(asked)]
        statements = [
            (text.replace("analytics_daily", "plain_daily"), values)
            for text, values in _asked(place, question, at)
        ]
        times.append(_explained(place, statements, _plain_views()))
    return times


def _asked(organization: Any, question: Question, at: datetime) -> Statements:
    """The statements of the question that read the figures."""
    from django.db import connection, transaction

    from aviation.tenants.context import tenant_context

    statements: Statements = []

    def note(execute: Any, text: str, values: Any, many: bool, context: Any) -> Any:
        statements.append((text, values))
        return execute(text, values, many, context)

    with (
        tenant_context(organization),
        transaction.atomic(),
        connection.execute_wrapper(note),
    ):
        question(at, organization.zone)
    return [(text, values) for text, values in statements if "analytics_" in text]


def _plain_views() -> list[str]:
    """Temporary views with what the materialized ones are made from."""
    folder = Path(__file__).resolve().parents[1] / "analytics" / "sql"
    made = []
    for name in VIEWS:
        text = (folder / f"daily_{name}.sql").read_text(encoding="utf-8")
        definition = text.partition("_data AS")[2].partition(";")[0]
        made.append(f"CREATE TEMPORARY VIEW plain_daily{name} AS {definition}")
    return made


def _explained(organization: Any, statements: Statements, before: list[str]) -> Taken:
    from django.db import connection, transaction

    from aviation.tenants.context import tenant_context

    with tenant_context(organization), transaction.atomic(), connection.cursor() as cursor:
        for statement in before:
            cursor.execute(statement)
        taken = explained(cursor, statements)
        transaction.set_rollback(True)
    return taken


def _add(report: Report, name: str, times: list[Taken], plain: list[Taken]) -> None:
    value, plain_ms = p95_ms(times), median_ms(plain)
    report.add(
        name=name,
        value=value,
        unit="ms",
        against=f"{spread(times)}; from the base tables {plain_ms:.1f} ms, "
        f"{plain_ms / median_ms(times):.1f} times as long; {size()}",
        ratio=value / MOST_MS,
        goal=f"at most {MOST_MS:g} ms in the database, warm, from the views",
        holds=value <= MOST_MS,
    )


def _add_platform(report: Report, at: datetime) -> None:
    """All organizations on the platform's page, beside asking each of them on the spot."""
    from django.db import transaction

    from analytics.platform.gathering import gather
    from analytics.platform.reading import platform_summary
    from aviation.tenants.context import platform_context

    walks_s, reads_s = [], []
    for number in range(3):
        began = time.perf_counter()
        walk = gather(at=at + timedelta(hours=number + 1), budget_s=600)
        walks_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        with platform_context(), transaction.atomic():
            platform_summary(at)
        reads_s.append(time.perf_counter() - began)
    read_s, walk_s = statistics.median(reads_s), statistics.median(walks_s)
    report.add(
        name="analytics.platform",
        value=read_s,
        unit="s",
        against=f"a walk over {walk.gathered} organizations, each in its own transaction: "
        f"{walk_s:.2f} s, {walk.failed} failed",
        ratio=read_s / walk_s,
        goal=f"at most {MOST_S:g} s for the page",
        holds=read_s <= MOST_S and walk.failed == 0,
    )
