"""How long an organization's figures take to be made anew, and what readers notice of it."""

from __future__ import annotations

import statistics
import threading
import time
import uuid
from typing import Any

from benchmarks.fleets import FLIGHTS, fill
from benchmarks.report import ROUNDS, Report

NAMES = ("analytics.refresh",)
SIZES = (500, 2_000, 20_000)
MOST_MS = 2_000.0
"""For the largest of them: a refresh comes 10 s after a flight at the earliest."""
GROWTH_SHARE = 1.2
"""Of growth in step with the flights."""
READS = 1_500
AIRCRAFT = 20


def run(report: Report) -> None:
    medians = {size: _refresh_ms(_fleet(size)) for size in SIZES}
    for size, (median_ms, rows) in medians.items():
        report.add(
            name=f"analytics.refresh.{size}",
            value=median_ms,
            unit="ms",
            against=f"the limit of {MOST_MS:,.0f} ms; one flight more each time, {rows:,} rows",
            ratio=median_ms / MOST_MS,
            goal=f"at most {MOST_MS:,.0f} ms at {size:,} flights",
            holds=median_ms <= MOST_MS,
        )
    _add_growth(report, {size: median_ms for size, (median_ms, _) in medians.items()})
    _add_reader(report, medians[SIZES[-1]][0])


def _add_growth(report: Report, medians: dict[int, float]) -> None:
    middle, largest = SIZES[1], SIZES[2]
    grown, flights = medians[largest] / medians[middle], largest / middle
    report.add(
        name="analytics.refresh.growth",
        value=grown,
        unit="times",
        against=f"{flights:g} times the flights, {middle:,} to {largest:,}",
        ratio=grown / flights,
        goal="grows no quicker than the number of flights",
        holds=grown <= flights * GROWTH_SHARE,
    )


def _add_reader(report: Report, refresh_ms: float) -> None:
    """Reads of a month, one after the other, while refreshes follow one upon the other."""
    organization = _fleets[SIZES[-1]]
    alone = _reads_ms(organization)
    with _Refreshing(organization) as refreshing:
        beside = _reads_ms(organization)
    p95 = [statistics.quantiles(times, n=20)[-1] for times in (alone, beside)]
    report.add(
        name="analytics.refresh.reader",
        value=max(beside),
        unit="ms",
        against=f"the longest of {READS} reads beside {refreshing.count} refreshes of "
        f"{refresh_ms:.0f} ms; p95 {p95[1]:.2f} ms, without refreshes {p95[0]:.2f} ms",
        ratio=max(beside) / refresh_ms,
        goal="no reader waits until a refresh is over",
        holds=max(beside) < refresh_ms / 2 and refreshing.count > 0,
    )


_fleets: dict[int, Any] = {}


def _fleet(flights: int) -> Any:
    """An organization with that many analysed flights of a year."""
    from aviation.tenants.services import open_organization

    slug = f"figures-{uuid.uuid4().hex[:12]}"
    organization = open_organization(slug=slug, name="Figures", time_zone="Europe/Zurich")
    fill(organization, flights=flights, aircraft=AIRCRAFT)
    _fleets[flights] = organization
    return organization


def _refresh_ms(organization: Any) -> tuple[float, int]:
    """Median over some refreshes, each after one more flight; and the rows of all views."""
    from django.db import transaction

    from analytics.models import ViewRefresh
    from aviation.tenants.context import tenant_context

    _fly_and_refresh(organization)
    times = [_fly_and_refresh(organization) for _ in range(ROUNDS)]
    with tenant_context(organization), transaction.atomic():
        return statistics.median(times), sum(row.row_count for row in ViewRefresh.objects.all())


def _fly_and_refresh(organization: Any) -> float:
    from django.db import connection, transaction
    from django.utils import timezone

    from analytics.refreshing import refresh_figures
    from aviation.tenants.context import tenant_context

    with tenant_context(organization):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(FLIGHTS, {"flights": 1, "aircraft": AIRCRAFT})
        began = time.perf_counter()
        outcome = refresh_figures(at=timezone.now())
        taken_ms = (time.perf_counter() - began) * 1_000
    assert outcome == "refreshed"
    return taken_ms


def _reads_ms(organization: Any) -> list[float]:
    from datetime import timedelta

    from django.db import transaction
    from django.db.models import Sum
    from django.utils import timezone

    from analytics.models import DailyFlights
    from aviation.tenants.context import tenant_context

    since, times = timezone.now().date() - timedelta(days=30), []
    for _ in range(READS):
        began = time.perf_counter()
        with tenant_context(organization), transaction.atomic():
            list(
                DailyFlights.objects.filter(day__gte=since)
                .values("aircraft_id")
                .annotate(Sum("flights"), Sum("airborne_s"))
            )
        times.append((time.perf_counter() - began) * 1_000)
    return times


class _Refreshing:
    """Refreshes without a pause in a thread, for as long as the block lasts."""

    def __init__(self, organization: Any) -> None:
        self.count = 0
        self._organization = organization
        self._is_over = threading.Event()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> _Refreshing:
        self._thread.start()
        self._begun.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        from django.db import connection

        self._begun.set()
        while not self._is_over.is_set():
            _fly_and_refresh(self._organization)
            self.count += 1
        connection.close()
