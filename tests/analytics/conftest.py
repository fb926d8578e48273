"""An organization whose work is really committed, and ways to break its figures."""

from __future__ import annotations

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
from tests.conftest import Cast


@pytest.fixture
def fleet(fresh_organization: Cast) -> Iterator[Cast]:
    """Bound for the whole test."""
    with tenant_context(fresh_organization.organization):
        yield fresh_organization


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
