"""April of a fleet, asked for through the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from analytics.models import DailyAnalyses, DailyAnomalies, DailyFlights, ViewRefresh
from analytics.refreshing import refresh_figures
from aviation.tenants.context import tenant_context
from tests.analytics.build import fly, keep_days_in, make_aircraft
from tests.api.test_openapi import description as description
from tests.conftest import Cast

AT = datetime(2026, 4, 24, 12, tzinfo=UTC)
PATHS = ("summary", "flights", "analyses", "anomalies", "risk-profile", "wear", "activity",
         "utilisation")  # fmt: skip
OF_A_PERIOD = [name for name in PATHS if name != "wear"]
LISTS = {"flights": DailyFlights, "analyses": DailyAnalyses, "anomalies": DailyAnomalies}
APRIL = {"start": "2026-04-01", "end": "2026-05-01"}


@pytest.fixture(autouse=True)
def _at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: AT)


@pytest.fixture
def flown(alpha: Cast) -> Iterator[Cast]:
    """Alpha with its days in Zürich, and April flown by three aircraft of two types."""
    with tenant_context(alpha.organization):
        keep_days_in(alpha.organization, "Europe/Zurich")
        wing, third = make_aircraft("ALPHA-W", "fixed_wing"), make_aircraft("ALPHA-3")
        for day in (1, 10, 20):
            moment = datetime(2026, 4, day, 9, 30, tzinfo=UTC)
            fly(alpha, moment, risk=0.1234567, findings=(("motor", "warning"),))
            fly(
                alpha,
                moment,
                aircraft=wing,
                risk=0.8,
                level="high",
                findings=(("battery", "critical"), ("gps", "warning")),
                airborne_s=1_000.0 / 3,
                pilot=alpha.members[Role.PILOT],
            )
            fly(alpha, moment, aircraft=third, analysed=False, airborne_s=None)
        refresh_figures(at=AT)
        ViewRefresh.objects.update(refreshed_at=AT - timedelta(minutes=7))
    yield alpha
    alpha.organization.time_zone = "UTC"


def get(client: Client, name: str, **query: str) -> Any:
    response = client.get(f"/api/v1/analytics/{name}/", query)
    assert response.status_code == 200, response.content
    return response.json()
