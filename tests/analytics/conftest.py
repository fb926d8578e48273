"""An organization whose work is really committed, and ways to break its figures."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import connections, transaction

from analytics.announcing import QUEUED_KEY
from analytics.models import ViewRefresh
from aviation.tenants.context import tenant_context
from aviation.tenants.schemas import OWNER
from tests.analytics.reading.many import make_many
from tests.analytics.reading.varied import make_flights
from tests.conftest import Cast, make_cast


@pytest.fixture
def fleet(fresh_organization: Cast) -> Iterator[Cast]:
    """Bound for the whole test."""
    with tenant_context(fresh_organization.organization):
        yield fresh_organization


@pytest.fixture(scope="session")
def varied_fleet(django_db_setup: None, django_db_blocker: Any) -> Cast:
    """An organization with the generated 10,000 flights, for all tests; they change none of them.

    The zone that its days are kept in is each test's to choose, and so is the refresh.
    """
    with django_db_blocker.unblock():
        cast = make_cast(f"varied-{uuid.uuid4().hex[:12]}")
        with tenant_context(cast.organization), transaction.atomic():
            make_flights(10_000)
        take_statistics(cast)
    return cast


@pytest.fixture(scope="module")
def even_fleet(django_db_setup: None, django_db_blocker: Any) -> Cast:
    """The same for the 10,000 flights that the database makes."""
    with django_db_blocker.unblock():
        cast = make_cast(f"even-{uuid.uuid4().hex[:12]}")
        with tenant_context(cast.organization), transaction.atomic():
            make_many(cast)
        take_statistics(cast)
    return cast


def take_statistics(cast: Cast) -> None:
    """What autovacuum does within a minute.

    Before it, or where it last looked while the tables were empty, the planner takes 10,000 rows
    for one and joins by nested loops: plain SQL of 0.2 s then runs into the limit of a minute.
    """
    tables = "flights_flightsession, mlresults_analysis, mlresults_finding"
    with tenant_context(cast.organization), transaction.atomic(using=OWNER):
        connections[OWNER].cursor().execute(f"ANALYZE {tables}")
    for connection in connections.all():
        connection.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, list[str], float]]]:
    """What is given to the queue: task, arguments, seconds to wait."""
    queued: list[tuple[str, list[str], float]] = []

    def note(name: str, *, args: list[str], countdown: float = 0, **_: Any) -> None:
        queued.append((name, args, countdown))

    monkeypatch.setattr(current_app, "send_task", note)
    cache.delete(QUEUED_KEY)
    yield queued
    cache.delete(QUEUED_KEY)


def break_view(name: str = "analytics_dailyanalyses") -> None:
    """Take away the index without which the view cannot be refreshed beside readers."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute(f"DROP INDEX {name}_unique")


def mend_view(name: str = "analytics_dailyanalyses") -> None:
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute(f"CREATE UNIQUE INDEX {name}_unique ON {name}_data (day, aircraft_id)")


@transaction.atomic
def refreshes() -> dict[str, ViewRefresh]:
    return {row.view: row for row in ViewRefresh.objects.all()}
