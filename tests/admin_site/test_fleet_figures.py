"""The fleet's figures on the first page of its administration."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django.test import Client

from accounts.choices import Role
from aviation.pages.templatetags.fleet_figures import fleet_figures
from aviation.tenants.context import tenant_context
from tests.analytics.reading.build import assessed, refresh
from tests.api.build import make_flight
from tests.conftest import Cast
from tests.pages.dashboards.build import days_ago, fly_lately, fly_many
from tests.pages.dashboards.reading import count_behind, links_of
from tests.queries import queries

SECTION = re.compile(r'<section [^>]*aria-labelledby="figures-title".*?</section>', re.DOTALL)


def section(client: Client, cast: Cast) -> str:
    found = SECTION.search(client.get(f"{cast.home}admin/").content.decode())
    assert found is not None
    return found[0]


def test_numbers_lead_to_what_was_counted(alpha: Cast, manager: Client) -> None:
    fly_lately(alpha)
    text = section(manager, alpha)
    assert 'class="chart"' not in text  # the admin's script would take it for a canvas
    told = [each for each in links_of(text) if each.number is not None]
    assert len(told) > 10
    with tenant_context(alpha.organization):
        for each in told:
            assert count_behind(alpha.members[Role.MANAGER], each) == each.number, each


def test_most_worn_aircraft_is_named_with_its_level(alpha: Cast, manager: Client) -> None:
    with tenant_context(alpha.organization):
        assessed(make_flight(alpha, started_at=days_ago(1)), 0.5, "high", *["motor/critical"] * 6)
        refresh()
    text = " ".join(section(manager, alpha).split())
    page = f'<a href="{alpha.home}aircraft/{alpha.aircraft.pk}/">'
    # 6 findings x 0.4 + a risk of 0.5 x 10
    assert f"{page}ALPHA-1 (Alpha One)</a></th><td>7.4</td><td>Low</td>" in text


def test_fleet_without_flights_is_told_in_words(alpha: Cast, manager: Client) -> None:
    text = section(manager, alpha)
    assert "No flight in the last 90 days" in text
    assert "No aircraft has a point" in text
    assert '<rect class="hit"' not in text


def test_figures_are_the_organizations_own(alpha: Cast, bravo: Cast, manager: Client) -> None:
    fly_lately(bravo)
    assert "No flight in the last 90 days" in section(manager, alpha)


@pytest.mark.parametrize("role", Role.values)
def test_pilot_alone_is_told_nothing(alpha: Cast, role: str) -> None:
    request = SimpleNamespace(membership=alpha.members[role])
    with tenant_context(alpha.organization):
        assert bool(fleet_figures({"request": request})) == (role != Role.PILOT)


def test_many_flights_cost_the_queries_of_few(alpha: Cast, manager: Client) -> None:
    path = f"{alpha.home}admin/"
    queries(manager, path)  # the first page of a session notes the organization in it
    fly_many(alpha, 3)
    few = queries(manager, path)
    fly_many(alpha, 12)
    assert len(queries(manager, path)) == len(few)


def test_flights_and_risk_are_told_by_week(alpha: Cast, manager: Client) -> None:
    fly_lately(alpha)
    (_, flights), (_, risk) = manager.get(f"{alpha.home}admin/").context["charts"]
    assert flights.words.title == "Flights by week"
    assert risk.words.title == "Average risk by week"
    assert 13 <= len(flights.columns) <= 14
