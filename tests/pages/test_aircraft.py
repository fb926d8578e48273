"""The fleet's pages: hours and flights of what was really flown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership
from aviation.fleet.models import Aircraft
from aviation.flights.choices import FlightState
from aviation.tenants.context import tenant_context
from tests.analytics.reading.build import refresh
from tests.api.build import BOOT, make_analysis, make_flight, make_log
from tests.conftest import Cast
from tests.pages.build import fill
from tests.queries import queries


def test_aircraft_counts_its_ended_flights_and_hours(alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        make_flight(alpha, airborne_s=1_800)
        make_flight(alpha, airborne_s=3_600, state=FlightState.ABORTED)
        make_flight(alpha, airborne_s=7_200, has_flight=False)
        make_flight(alpha, state=FlightState.PLANNED)
    (aircraft,) = viewer.get(f"{alpha.home}aircraft/").context["aircraft_list"]
    assert (aircraft.flight_count, aircraft.hours) == (2, 1.5)


def test_aircraft_that_never_flew_is_listed_with_no_hours(alpha: Cast, viewer: Client) -> None:
    page = viewer.get(f"{alpha.home}aircraft/")
    (aircraft,) = page.context["aircraft_list"]
    assert (aircraft.flight_count, aircraft.hours, aircraft.last_flight) == (0, 0.0, None)


@pytest.fixture
def pilot(alpha: Cast, sign_in: Callable[[Membership], Client]) -> Client:
    return sign_in(alpha.members[Role.PILOT])


@pytest.fixture
def shared_aircraft(alpha: Cast) -> Aircraft:
    """Flown by the pilot, by nobody known with the pilot's two logs, and by somebody else last."""
    with tenant_context(alpha.organization):
        make_flight(alpha, airborne_s=1_800, pilot=alpha.members[Role.PILOT])
        brought = make_flight(alpha, airborne_s=900, started_at=BOOT + timedelta(days=1))
        for _ in range(2):
            make_log(alpha, flight=brought, uploaded_by=alpha.members[Role.PILOT])
        make_flight(
            alpha,
            airborne_s=7_200,
            started_at=BOOT + timedelta(days=9),
            pilot=alpha.members[Role.MANAGER],
        )
    return alpha.aircraft


@pytest.mark.parametrize("place", ["", "aircraft/"])
def test_pilot_s_figures_are_of_the_flights_in_sight(
    place: str, alpha: Cast, pilot: Client, shared_aircraft: Aircraft
) -> None:
    context = pilot.get(f"{alpha.home}{place}").context
    (aircraft,) = context["aircraft_list" if place else "aircraft"]
    assert (aircraft.flight_count, aircraft.hours) == (2, 0.75)
    assert aircraft.last_flight == BOOT + timedelta(days=1)


def test_pilot_s_page_of_an_aircraft_counts_the_flights_it_lists(
    alpha: Cast, pilot: Client, shared_aircraft: Aircraft
) -> None:
    context = pilot.get(f"{alpha.home}aircraft/{shared_aircraft.pk}/").context
    assert context["aircraft"].flight_count == len(context["flights"]) == 2
    assert context["aircraft"].hours == 0.75


def test_fleet_s_figures_cost_a_pilot_no_more_for_more_aircraft(alpha: Cast, pilot: Client) -> None:
    pilot.get(alpha.home)  # the session notes the organization on the first visit
    fill(alpha, 6, BOOT)
    few = queries(pilot, f"{alpha.home}aircraft/")
    fill(alpha, 12, BOOT)
    assert len(queries(pilot, f"{alpha.home}aircraft/")) == len(few)


def test_page_of_an_aircraft_shows_its_own_flights_newest_first(
    alpha: Cast, viewer: Client
) -> None:
    with tenant_context(alpha.organization):
        other = Aircraft.objects.create(registration="ALPHA-2")
        make_flight(alpha, aircraft=other)
        flights = [make_flight(alpha, started_at=BOOT - timedelta(days=day)) for day in range(3)]
    page = viewer.get(f"{alpha.home}aircraft/{alpha.aircraft.pk}/")
    assert page.context["flights"] == flights


def test_aircraft_of_another_organization_is_not_there(
    alpha: Cast, bravo: Cast, viewer: Client
) -> None:
    assert viewer.get(f"{alpha.home}aircraft/{bravo.aircraft.pk}/").status_code == 404


def test_fleet_of_many_costs_the_queries_of_few(alpha: Cast, manager: Client) -> None:
    manager.get(alpha.home)  # the session notes the organization on the first visit
    fill(alpha, 10, BOOT)
    few = queries(manager, f"{alpha.home}aircraft/")
    fill(alpha, 10, BOOT)
    many = queries(manager, f"{alpha.home}aircraft/")
    assert len(many) == len(few), "\n".join(many)


def test_page_of_a_busy_aircraft_costs_the_queries_of_a_quiet_one(
    alpha: Cast, manager: Client
) -> None:
    path = f"{alpha.home}aircraft/{alpha.aircraft.pk}/"
    manager.get(path)  # the session notes the organization on the first visit
    with tenant_context(alpha.organization):
        for _ in range(10):
            make_flight(alpha)
    few = queries(manager, path)
    with tenant_context(alpha.organization):
        for _ in range(10):
            make_flight(alpha)
    assert len(queries(manager, path)) == len(few)


@pytest.mark.parametrize(
    ("days", "is_overdue"), [(-1, True), (0, False), (12, False), (None, False)]
)
@pytest.mark.parametrize("place", ["aircraft/", "aircraft/{aircraft_id}/"])
def test_next_maintenance_is_shown_with_a_word_when_it_is_overdue(
    place: str, days: int | None, is_overdue: bool, alpha: Cast, viewer: Client
) -> None:
    due = None if days is None else timezone.localdate() + timedelta(days=days)
    with tenant_context(alpha.organization):
        Aircraft.objects.filter(pk=alpha.aircraft.pk).update(next_maintenance_on=due)
    page = viewer.get(alpha.home + place.format(aircraft_id=alpha.aircraft.pk)).content.decode()
    assert "Next maintenance" in page
    assert ("Overdue" in page) == is_overdue
    assert due is None or f"{due:%-d %b %Y}" in page


def test_page_of_an_aircraft_tells_both_wear_scores(alpha: Cast, viewer: Client) -> None:
    """Overdue: 30 points by the first score, 20 of 100 by the second."""
    yesterday = timezone.localdate() - timedelta(days=1)
    with tenant_context(alpha.organization):
        Aircraft.objects.filter(pk=alpha.aircraft.pk).update(next_maintenance_on=yesterday)
    page = viewer.get(f"{alpha.home}aircraft/{alpha.aircraft.pk}/")
    wear = page.context["wear"]
    assert (wear["row"].score, str(wear["drift"].score)) == ("30.0", "20.0")
    text = page.content.decode()
    assert "Maintenance overdue by 1 day: 30" in text
    assert "together 30, HIGH" in text
    assert "together 20.0 of 100, MEDIUM" in text


def test_pilot_s_page_of_an_aircraft_tells_no_figures_of_others(alpha: Cast, pilot: Client) -> None:
    page = pilot.get(f"{alpha.home}aircraft/{alpha.aircraft.pk}/")
    assert page.context["wear"] is None
    assert "Wear" not in page.content.decode()


def test_aircraft_that_nothing_is_known_of_is_not_called_low(alpha: Cast, viewer: Client) -> None:
    page = viewer.get(f"{alpha.home}aircraft/{alpha.aircraft.pk}/")
    wear = page.context["wear"]
    assert (wear["row"].level, wear["drift_level"]) == ("not_assessed", "not_assessed")
    text = page.content.decode()
    assert text.count("Not assessed") == 2
    assert "Continue as planned" not in text


def test_aircraft_that_was_looked_at_may_be_low(alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        make_analysis(make_flight(alpha, started_at=timezone.now()), risk_score=0.1)
        refresh()
    wear = viewer.get(f"{alpha.home}aircraft/{alpha.aircraft.pk}/").context["wear"]
    assert (wear["row"].level, wear["drift_level"]) == ("low", "low")
    assert wear["row"].action == "Continue as planned"
