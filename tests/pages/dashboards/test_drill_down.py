"""Every number on a dashboard leads to exactly the flights, or findings, that it counts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from aviation.tenants.context import tenant_context
from aviation.tenants.models import Organization
from tests.conftest import Cast
from tests.pages.dashboards.build import PAGES, fly_lately
from tests.pages.dashboards.reading import count_behind, links_of

LEAST_LINKS = {
    "": 15,
    "activity/": 50,
    "utilisation/": 10,
    "risk/": 25,
    "maintenance/": 4,
    "summary/": 20,
}


@dataclass(frozen=True)
class Fleet:
    cast: Cast
    viewer: Membership
    query: str

    def page(self, client: Client, path: str) -> Any:
        return client.get(f"{self.cast.home}analytics/{path}{self.query}")


@pytest.fixture(
    params=[
        ("UTC", "?period=12m"),
        ("Pacific/Auckland", ""),
        ("America/Los_Angeles", "?period=90&by=day"),
    ],
    ids=str,
)
def fleet(request: pytest.FixtureRequest, alpha: Cast) -> Fleet:
    """Whose days begin far from UTC's, and which days are shown."""
    zone, query = request.param
    with tenant_context(alpha.organization):
        Organization.objects.filter(pk=alpha.organization.pk).update(time_zone=zone)
        members = Membership.objects.select_related("organization")
        viewer = members.get(pk=alpha.members[Role.READONLY].pk)
    fly_lately(alpha)
    return Fleet(alpha, viewer, query)


@pytest.mark.parametrize("page", PAGES)
def test_number_equals_the_count_of_the_list_behind_it(
    fleet: Fleet, viewer: Client, page: str
) -> None:
    """A number that is no count, such as an average, leads to some flights at least."""
    links = set(links_of(fleet.page(viewer, page).content.decode()))
    with tenant_context(fleet.cast.organization):
        counts = {told: count_behind(fleet.viewer, told) for told in links}
    assert {t: n for t, n in counts.items() if t.number is not None and t.number != n} == {}
    assert all(counts.values())
    assert len(links) >= LEAST_LINKS[page]


def test_list_itself_shows_the_number_that_was_clicked(fleet: Fleet, viewer: Client) -> None:
    cards = {card.label: card for card in fleet.page(viewer, "").context["cards"]}
    flights = viewer.get(cards["Flights"].link)
    assert flights.context["count"] == int(cards["Flights"].value)
    anomalies = viewer.get(cards["Anomalies"].link)
    assert f"with {cards['Anomalies'].value} such findings".encode() in anomalies.content


def test_hours_are_those_of_the_flights_behind_them(fleet: Fleet, viewer: Client) -> None:
    rows = fleet.page(viewer, "activity/").context["hours_chart"].table.rows
    for value in (cell for row in rows for cell in row.cells if cell.number):
        listed = viewer.get(value.link).context["page_obj"]
        seconds = sum(Decimal(flight.airborne_s) for flight in listed)
        assert value.number == pytest.approx(float(seconds / 3_600))
