"""The list of flights: searched, narrowed, sorted, at a fixed cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from accounts.choices import Role
from aviation.fleet.models import Aircraft
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightSession
from aviation.tenants.context import tenant_context
from tests.api.build import BOOT, make_analysis, make_finding, make_flight, make_log
from tests.conftest import Cast
from tests.pages.build import fill
from tests.queries import queries


@pytest.fixture
def wanted(alpha: Cast) -> FlightSession:
    """The flight to be found, beside one that has nothing in common with it."""
    with tenant_context(alpha.organization):
        other = make_flight(alpha, started_at=BOOT + timedelta(days=1), airborne_s=60.0)
        make_finding(make_analysis(other, risk_level="low", risk_score=0.1))
        kestrel = Aircraft.objects.create(registration="HB-XYZ", name="Kestrel")
        flight = make_flight(
            alpha,
            aircraft=kestrel,
            started_at=BOOT,
            state=FlightState.ABORTED,
            pilot=alpha.members[Role.ANALYST],
            notes="Survey of the orchard",
            airborne_s=90.0,
            distance_m=500.0,
        )
        make_log(alpha, flight=flight, file_name="orange.ulg")
        make_log(alpha, flight=flight, file_name="orange-2.ulg")
        analysis = make_analysis(
            flight, risk_level="high", risk_score=0.7, headline="Look at motor 3."
        )
        make_finding(analysis, title="Compass disturbed")
    return flight


def listed(client: Client, cast: Cast, **query: str) -> list[FlightSession]:
    page = client.get(f"{cast.home}flights/", query)
    assert page.status_code == 200
    return list(page.context["page_obj"])


@pytest.mark.parametrize(
    "text",
    ["hb-xyz", "kestrel", "alpha analyst", "ORCHARD", "motor 3", "compass", "orange", "hb orchard"],
)
def test_every_word_of_a_flight_finds_it_once(
    alpha: Cast, viewer: Client, wanted: FlightSession, text: str
) -> None:
    assert listed(viewer, alpha, q=text) == [wanted]


def test_all_words_have_to_be_there(alpha: Cast, viewer: Client, wanted: FlightSession) -> None:
    assert listed(viewer, alpha, q="kestrel vineyard") == []


def test_finding_of_a_replaced_analysis_finds_nothing(alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        old = make_analysis(make_flight(alpha), is_active=False)
        make_finding(old, title="Compass disturbed")
    assert listed(viewer, alpha, q="compass") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", "aborted"),
        ("risk_level", "high"),
        ("started_before", f"{BOOT:%Y-%m-%d}"),
    ],
)
def test_filter_narrows_the_list(
    alpha: Cast, viewer: Client, wanted: FlightSession, field: str, value: str
) -> None:
    assert listed(viewer, alpha, **{field: value}) == [wanted]


def test_list_is_narrowed_by_aircraft(alpha: Cast, viewer: Client, wanted: FlightSession) -> None:
    assert listed(viewer, alpha, aircraft=str(wanted.aircraft_id)) == [wanted]


def test_list_is_narrowed_by_the_day_it_starts_after(
    alpha: Cast, viewer: Client, wanted: FlightSession
) -> None:
    after = listed(viewer, alpha, started_after=f"{BOOT + timedelta(days=1):%Y-%m-%d}")
    assert len(after) == 1
    assert after != [wanted]


def test_filter_that_makes_no_sense_is_told_at_its_field(alpha: Cast, viewer: Client) -> None:
    page = viewer.get(f"{alpha.home}flights/", {"started_after": "soon"})
    assert page.status_code == 200
    assert page.context["filter"].form.errors["started_after"]


@pytest.mark.parametrize("column", ["started_at", "aircraft", "duration_s", "distance_m", "risk"])
def test_column_sorts_both_ways(
    alpha: Cast, viewer: Client, wanted: FlightSession, column: str
) -> None:
    upwards = listed(viewer, alpha, ordering=column)
    downwards = listed(viewer, alpha, ordering=f"-{column}")
    first = {"started_at": 0, "aircraft": 1, "duration_s": 1, "distance_m": 0, "risk": 1}[column]
    assert upwards.index(wanted) == first
    # What is not known stands last either way: the other flight has no distance.
    assert downwards.index(wanted) == (0 if column == "distance_m" else 1 - first)


def test_newest_flight_stands_first_unless_told_otherwise(
    alpha: Cast, viewer: Client, wanted: FlightSession
) -> None:
    assert listed(viewer, alpha)[-1] == wanted
    assert listed(viewer, alpha, ordering="password") == listed(viewer, alpha)


@pytest.mark.parametrize("page", ["0", "999", "last", "x"])
def test_page_that_is_not_there_shows_one_that_is(alpha: Cast, viewer: Client, page: str) -> None:
    assert viewer.get(f"{alpha.home}flights/", {"page": page}).status_code == 200


def test_caches_keep_the_fragment_apart_from_the_page(alpha: Cast, viewer: Client) -> None:
    assert "HX-Request" in viewer.get(f"{alpha.home}flights/").headers["Vary"]


@pytest.mark.parametrize("query", ["", "?q=beacon", "?ordering=-risk"])
def test_list_of_many_flights_costs_the_queries_of_few(
    alpha: Cast, manager: Client, query: str
) -> None:
    manager.get(alpha.home)  # the session notes the organization on the first visit
    with tenant_context(alpha.organization):
        Aircraft.objects.update(name="Beacon")
    fill(alpha, 10, BOOT)
    few = queries(manager, f"{alpha.home}flights/{query}")
    fill(alpha, 10, BOOT + timedelta(days=1))
    many = queries(manager, f"{alpha.home}flights/{query}")
    assert len(many) == len(few), "\n".join(many)
