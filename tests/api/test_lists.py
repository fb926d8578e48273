"""Lists cost the same whatever they hold, and their pages neither repeat nor miss a row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from accounts.choices import Role
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from tests.api.build import BOOT, make_analysis, make_finding, make_flight, make_log
from tests.conftest import Cast
from tests.queries import queries

LISTS = ("aircraft", "flights", "flight-logs", "analyses", "findings")


def fill(cast: Cast, count: int) -> None:
    """``count`` more of everything, each with an aircraft and an uploader to look up."""
    with tenant_context(cast.organization):
        for number in range(count):
            aircraft = Aircraft.objects.create(registration=f"N{Aircraft.objects.count()}")
            flight = make_flight(
                cast,
                aircraft=aircraft,
                pilot=list(cast.members.values())[number % 6],
                started_at=BOOT + timedelta(days=number // 2),
            )
            make_log(cast, flight=flight, uploaded_by=cast.members[Role.USER])
            make_finding(make_analysis(flight))


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("role", [Role.READONLY, Role.PILOT])
def test_list_of_many_costs_the_queries_of_few(
    name: str, role: str, alpha: Cast, sign_in: object
) -> None:
    client = sign_in(alpha.members[role])  # type: ignore[operator]
    fill(alpha, 6)
    few = queries(client, f"/api/v1/{name}/")
    fill(alpha, 12)
    many = queries(client, f"/api/v1/{name}/")
    assert len(few) == len(many), "\n".join(many)


def test_analysis_with_many_findings_costs_the_queries_of_few(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        analysis = make_analysis(make_flight(alpha))
        make_finding(analysis)
    path = f"/api/v1/analyses/{analysis.pk}/"
    few = queries(viewer, path)
    with tenant_context(alpha.organization):
        for position in range(1, 20):
            make_finding(analysis, position)
    assert len(queries(viewer, path)) == len(few)


@pytest.mark.parametrize("name", LISTS)
def test_pages_neither_repeat_nor_miss(name: str, viewer: Client, alpha: Cast) -> None:
    fill(alpha, 11)
    seen: list[str] = []
    page = f"/api/v1/{name}/?page_size=3"
    while page:
        answer = viewer.get(page).json()
        seen += [each["id"] for each in answer["results"]]
        page = answer["next"]
    assert len(seen) == len(set(seen)) == (12 if name == "aircraft" else 11)


def test_page_of_the_organizations_own_address_leads_on_within_it(
    viewer: Client, alpha: Cast
) -> None:
    fill(alpha, 3)
    answer = viewer.get(f"{alpha.home}api/v1/flights/?page_size=2").json()
    assert answer["next"].startswith(f"http://testserver{alpha.home}api/v1/flights/")
    assert viewer.get(answer["next"]).status_code == 200


def test_broken_cursor_is_refused(viewer: Client) -> None:
    response = viewer.get("/api/v1/flights/?cursor=broken")
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
