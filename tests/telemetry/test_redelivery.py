"""I16: a task that comes twice, one after the other or at once, makes one analysis."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connections, transaction
from django.db.models import Count
from django.utils import timezone

from aviation.flights.logs import MAX_ATTEMPTS, keep_log
from aviation.flights.models import FlightSession
from aviation.mlresults.models import Analysis
from aviation.telemetry.models import FlightOverview, TelemetryPoint
from aviation.telemetry.record import FlightRecord
from aviation.telemetry.simulation import FlightPlan, simulate
from aviation.telemetry.streaming import finishing
from aviation.telemetry.streaming.finishing import finish_stream
from aviation.telemetry.streaming.records import stored_record
from aviation.telemetry.tasks import close_silent_streams, finish_queued_stream, import_queued_log
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.telemetry.streaming.build import flown, points, silent_for, streamed
from tests.telemetry.streaming.test_finishing import QUIET

TIMES = 6


def at_once(task: Callable[[], object], times: int = TIMES) -> list[object]:
    """What the task answers to several workers, each with a connection of its own."""

    def run(_: int) -> object:
        try:
            return task()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as workers:
        return list(workers.map(run, range(times)))


def made(cast: Cast) -> dict[str, int]:
    with tenant_context(cast.organization), transaction.atomic():
        twice = Analysis.objects.values("session", "engine_version").annotate(n=Count("pk"))
        return {
            "flights": FlightSession.objects.count(),
            "analyses": Analysis.objects.count(),
            "active": Analysis.objects.filter(is_active=True).count(),
            "doubled": twice.filter(n__gt=1).count(),
            "charts": FlightOverview.objects.count(),
        }


ONE_OF_EACH = {"flights": 1, "analyses": 1, "active": 1, "doubled": 0, "charts": 1}


@pytest.fixture
def waiting_log(fresh_organization: Cast) -> str:
    start = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    buffer = io.BytesIO()
    simulate(FlightPlan("multirotor", 3, 90, start, (46.47, 8.25, 1_341.0))).write_ulog(buffer)
    cast = fresh_organization
    with tenant_context(cast.organization), transaction.atomic():
        log = keep_log(
            file=ContentFile(buffer.getvalue()),
            file_name="flight.ulg",
            aircraft=cast.aircraft,
            uploaded_by=None,
        )
    return str(log.pk)


@pytest.fixture
def silent_stream(fresh_organization: Cast) -> str:
    cast, now = fresh_organization, timezone.now()
    with tenant_context(cast.organization), transaction.atomic():
        stream = streamed(cast, points(flown(), now - timedelta(seconds=130)))
        silent_for(stream, QUIET, now=now)
    return str(stream.pk)


def test_import_delivered_to_many_workers_is_done_once(
    fresh_organization: Cast, waiting_log: str
) -> None:
    organization_id = str(fresh_organization.organization.pk)
    # Each takes the claim over, as if the one before had died; a log that ended more is given up.
    at_once(lambda: import_queued_log(organization_id, waiting_log), times=MAX_ATTEMPTS)
    assert made(fresh_organization) == ONE_OF_EACH
    with tenant_context(fresh_organization.organization), transaction.atomic():
        rows = TelemetryPoint.objects.count()
    import_queued_log(organization_id, waiting_log)
    assert made(fresh_organization) == ONE_OF_EACH
    with tenant_context(fresh_organization.organization), transaction.atomic():
        assert TelemetryPoint.objects.count() == rows > 0


def test_finishing_delivered_to_many_workers_is_done_once(
    fresh_organization: Cast, silent_stream: str
) -> None:
    organization_id = str(fresh_organization.organization.pk)
    at_once(lambda: finish_queued_stream(organization_id, silent_stream))
    assert made(fresh_organization) == ONE_OF_EACH
    finish_queued_stream(organization_id, silent_stream)
    assert made(fresh_organization) == ONE_OF_EACH


def test_sweeps_that_overlap_finish_a_flight_once(
    fresh_organization: Cast, silent_stream: str
) -> None:
    at_once(close_silent_streams)
    assert made(fresh_organization) == ONE_OF_EACH


def test_flight_that_a_worker_is_reading_is_left_to_it(
    fresh_organization: Cast, silent_stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finish() -> bool:
        with tenant_context(fresh_organization.organization):
            return finish_stream(flight_id=uuid.UUID(silent_stream), at=timezone.now())

    answers: list[object] = []

    def read_while_others_try(*arguments: Any, **options: Any) -> FlightRecord | None:
        if not answers:
            answers.append("reading")
            answers.extend(at_once(finish))
        return stored_record(*arguments, **options)

    monkeypatch.setattr(finishing, "stored_record", read_while_others_try)
    assert finish()
    assert answers == ["reading", *[False] * TIMES]
    assert made(fresh_organization) == ONE_OF_EACH
