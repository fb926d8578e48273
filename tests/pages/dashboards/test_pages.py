"""The dashboards: who may see them, what they say, at a fixed cost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from analytics.models import ViewRefresh
from aviation.flights.models import FlightSession
from aviation.tenants.context import tenant_context
from aviation.tenants.models import Organization
from tests.analytics.reading.build import refresh
from tests.api.build import make_flight
from tests.conftest import Cast
from tests.pages.dashboards.build import PAGES, days_ago, fly_lately, fly_many
from tests.queries import queries

SignIn = Callable[[Membership], Client]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", Role.values)
def test_every_role_but_pilots_sees_the_page(
    alpha: Cast, sign_in: SignIn, page: str, role: str
) -> None:
    answer = sign_in(alpha.members[role]).get(f"{alpha.home}analytics/{page}")
    assert answer.status_code == (403 if role == Role.PILOT else 200)


def test_pilot_is_not_shown_the_way(alpha: Cast, sign_in: SignIn, viewer: Client) -> None:
    assert b"Analytics" in viewer.get(alpha.home).content
    assert b"Analytics" not in sign_in(alpha.members[Role.PILOT]).get(alpha.home).content


@pytest.mark.parametrize("page", PAGES)
def test_visitor_signs_in_first_and_outsider_finds_nothing(
    alpha: Cast, outsider: Client, page: str
) -> None:
    assert Client().get(f"{alpha.home}analytics/{page}").status_code == 302
    assert outsider.get(f"{alpha.home}analytics/{page}").status_code == 404


def test_figures_are_the_organizations_own(alpha: Cast, bravo: Cast, viewer: Client) -> None:
    fly_lately(bravo)
    page = viewer.get(f"{alpha.home}analytics/")
    assert page.context["cards"][0].value == "0"
    assert b"bravo" not in page.content.lower()


@pytest.mark.parametrize("page", PAGES)
def test_empty_fleet_is_told_in_words(alpha: Cast, viewer: Client, page: str) -> None:
    answer = viewer.get(f"{alpha.home}analytics/{page}")
    assert answer.status_code == 200
    assert b"<polyline" not in answer.content
    assert b"No flight" in answer.content or b"No aircraft has a point" in answer.content


@pytest.mark.parametrize("page", PAGES)
def test_page_of_many_flights_costs_the_queries_of_few(
    alpha: Cast, manager: Client, page: str
) -> None:
    path = f"{alpha.home}analytics/{page}"
    fly_many(alpha, 10)
    manager.get(path)  # the session notes the organization on the first visit
    few = queries(manager, path)
    fly_many(alpha, 200)
    many = queries(manager, path)
    assert len(many) == len(few), "\n".join(many)


def test_overview_tells_the_week(alpha: Cast, viewer: Client) -> None:
    fly_lately(alpha)
    page = viewer.get(f"{alpha.home}analytics/?period=30")
    with tenant_context(alpha.organization):
        flown = FlightSession.objects.flown().filter(started_at__gte=days_ago(29, hour=0))
        expected = flown.count()
    cards = {card.label: card for card in page.context["cards"]}
    assert cards["Flights"].value == str(expected)
    assert "on the 30 days before" in cards["Flights"].note
    assert cards["Flights"].spark is not None
    assert cards["High-risk flights"].is_worrying
    assert page.context["airborne"] == 1
    assert b"1 flight in the air" in page.content
    assert page.context["worn"][0].name.startswith("ALPHA-1")


def test_long_periods_come_in_longer_steps_unless_asked_otherwise(
    alpha: Cast, viewer: Client
) -> None:
    def step(query: str) -> str:
        return str(viewer.get(f"{alpha.home}analytics/activity/{query}").context["step"].value)

    assert step("") == "day"
    assert step("?period=90") == "week"
    assert step("?period=12m") == "month"
    assert step("?period=90&by=day") == "day"
    assert step("?by=century") == "day"


def test_period_that_makes_no_sense_is_told(alpha: Cast, viewer: Client) -> None:
    page = viewer.get(f"{alpha.home}analytics/?start=2026-02-03&until=2026-02-01")
    assert b"The last day lies before the first." in page.content
    assert b"The last 30 days are shown instead." in page.content


def test_days_and_times_say_whose_they_are(alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        Organization.objects.filter(pk=alpha.organization.pk).update(time_zone="Asia/Tokyo")
    page = viewer.get(f"{alpha.home}analytics/")
    assert b"Days are counted in the time zone Asia/Tokyo" in page.content
    assert b" UTC</time>" in page.content


def test_flight_that_was_not_assessed_is_no_risk_of_zero(alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        make_flight(alpha, started_at=days_ago(2), airborne_s=600.0)
        refresh()
    page = viewer.get(f"{alpha.home}analytics/risk/")
    assert page.context["cards"][0].value == "not assessed"
    assert page.context["risk_chart"].is_empty
    assert [each.name for each in page.context["levels_chart"].legend] == []
    assert page.context["levels_chart"].table.headings == ("Day", "Not assessed")


def test_failed_refresh_is_told_beside_the_old_figures(alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        ViewRefresh.objects.update(failed_at=days_ago(0), failures=1, error="disk full")
    page = viewer.get(f"{alpha.home}analytics/risk/")
    assert b"Making the figures anew failed" in page.content
    assert b"disk full" not in page.content


class TestRefreshing:
    def test_manager_makes_the_figures_anew(self, alpha: Cast, manager: Client) -> None:
        make_old(alpha)
        answer = manager.post(f"{alpha.home}analytics/refresh/", {"back": "/o/alpha/analytics/"})
        assert answer.headers["Location"] == "/o/alpha/analytics/"
        with tenant_context(alpha.organization):
            assert all(each.refreshed_at > days_ago(1) for each in ViewRefresh.objects.all())
        assert b"The figures were made anew." in manager.get("/o/alpha/analytics/").content

    def test_once_a_minute_is_enough(self, alpha: Cast, manager: Client) -> None:
        make_old(alpha)
        path = f"{alpha.home}analytics/refresh/"
        manager.post(path)
        manager.get(f"{alpha.home}analytics/")
        manager.post(path)
        page = manager.get(f"{alpha.home}analytics/")
        assert b"less than a minute old" in page.content

    @pytest.mark.parametrize("back", ["https://example.org/", "//example.org", "javascript:x", ""])
    def test_way_back_leads_nowhere_else(self, alpha: Cast, manager: Client, back: str) -> None:
        answer = manager.post(f"{alpha.home}analytics/refresh/", {"back": back})
        assert answer.headers["Location"] == f"{alpha.home}analytics/"

    @pytest.mark.parametrize("role", [Role.PILOT, Role.USER, Role.READONLY, Role.ANALYST])
    def test_others_may_not(self, alpha: Cast, sign_in: SignIn, role: str) -> None:
        make_old(alpha)
        client = sign_in(alpha.members[role])
        assert client.post(f"{alpha.home}analytics/refresh/").status_code == 403
        with tenant_context(alpha.organization):
            assert all(each.refreshed_at < days_ago(1) for each in ViewRefresh.objects.all())
        if role != Role.PILOT:
            assert b"Refresh now" not in client.get(f"{alpha.home}analytics/").content

    def test_link_does_not_refresh(self, alpha: Cast, manager: Client) -> None:
        assert manager.get(f"{alpha.home}analytics/refresh/").status_code == 405


def make_old(cast: Cast) -> None:
    with tenant_context(cast.organization):
        ViewRefresh.objects.update(refreshed_at=days_ago(2))
