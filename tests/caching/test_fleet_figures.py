"""The API's figures about the fleet from memory: true after every change and refresh, aged anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from analytics.models import ViewRefresh
from analytics.refreshing import refresh_figures
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from tests.analytics.build import fly
from tests.caching.conftest import KeptAs
from tests.conftest import Cast
from tests.queries import queries

AT = datetime(2026, 4, 24, 12, tzinfo=UTC)
PATHS = ("summary", "flights", "analyses", "anomalies", "risk-profile", "wear", "activity")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moment = [AT]
    monkeypatch.setattr(timezone, "now", lambda: moment[0])
    return moment


@pytest.fixture
def fleet(fresh_organization: Cast, now: list[datetime]) -> Cast:
    with tenant_context(fresh_organization.organization), transaction.atomic():
        fly(fresh_organization, AT - timedelta(days=3), risk=0.5, findings=(("motor", "warning"),))
    refresh(fresh_organization)
    return fresh_organization


def refresh(cast: Cast) -> None:
    with tenant_context(cast.organization), transaction.atomic():
        refresh_figures(at=AT)
        ViewRefresh.objects.update(refreshed_at=AT - timedelta(minutes=7))


@pytest.fixture
def analyst(fleet: Cast) -> Client:
    client = Client()
    client.force_login(fleet.members[Role.ANALYST].user)
    return client


def ask(client: Client, name: str) -> Any:
    response = client.get(f"/api/v1/analytics/{name}/")
    assert response.status_code == 200
    return response


@pytest.mark.parametrize("name", PATHS)
def test_answers_from_memory_are_those_without_it(
    analyst: Client, kept_as: KeptAs, name: str
) -> None:
    first, second = ask(analyst, name), ask(analyst, name)
    kept_as("fleet_figures", is_on=False)
    anew = ask(analyst, name)
    assert first.content == second.content == anew.content
    assert first.headers["ETag"] == second.headers["ETag"] == anew.headers["ETag"]


@pytest.mark.parametrize("name", PATHS)
def test_answer_from_memory_asks_for_no_figures(analyst: Client, name: str) -> None:
    path = f"/api/v1/analytics/{name}/"
    first = queries(analyst, path)
    second = queries(analyst, path)
    assert len(second) < len(first)
    assert not [each for each in second if "analytics_daily" in each or "fleet_aircraft" in each]


def test_age_goes_on_while_the_figures_stay(analyst: Client, now: list[datetime]) -> None:
    assert ask(analyst, "summary").headers["Figures-Age"] == "420"
    now[0] += timedelta(seconds=30)
    later = ask(analyst, "summary")
    assert later.headers["Figures-Age"] == "450"


def test_tomorrow_s_usual_period_is_another(
    analyst: Client, fleet: Cast, now: list[datetime]
) -> None:
    before = ask(analyst, "risk-profile").json()["end"]
    now[0] += timedelta(days=1)
    person = fleet.members[Role.ANALYST].user
    analyst.logout()
    analyst.force_login(person)
    assert ask(analyst, "risk-profile").json()["end"] > before


def renamed(cast: Cast) -> None:
    Aircraft.objects.update(registration="RENAMED")


def flown(cast: Cast) -> None:
    fly(cast, AT - timedelta(days=2), risk=0.9, level="high")
    refresh_figures(at=AT)


@pytest.mark.parametrize(("change", "name"), [(renamed, "wear"), (flown, "summary")])
def test_change_is_in_the_next_answer(
    analyst: Client, fleet: Cast, change: Callable[[Cast], None], name: str
) -> None:
    before = ask(analyst, name).content
    with tenant_context(fleet.organization), transaction.atomic():
        change(fleet)
    assert ask(analyst, name).content != before


def test_answer_from_memory_is_for_nobody_who_may_not_see_it(analyst: Client, fleet: Cast) -> None:
    ask(analyst, "summary")
    pilot = Client()
    pilot.force_login(fleet.members[Role.PILOT].user)
    assert pilot.get("/api/v1/analytics/summary/").status_code == 403


def test_wrong_question_is_refused_each_time(analyst: Client) -> None:
    path = "/api/v1/analytics/summary/?start=2026-04-02&end=2026-04-01"
    for _ in range(2):
        response = analyst.get(path)
        assert response.status_code == 400
        assert response.headers["Content-Type"] == "application/problem+json"
