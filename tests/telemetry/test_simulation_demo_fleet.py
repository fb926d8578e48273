"""The demonstration's organizations: complete, consistent and flyable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aviation.telemetry.simulation import FaultKind, simulate
from aviation.telemetry.simulation.demo_fleet import (
    DEMO_ORGANIZATIONS,
    DemoFlight,
    DemoOrganization,
)

NOW = datetime(2025, 6, 30, 16, 0, tzinfo=UTC)
each_organization = pytest.mark.parametrize(
    "organization", DEMO_ORGANIZATIONS, ids=lambda organization: organization.slug
)
ALL_FLIGHTS = [
    pytest.param(organization, flight, id=f"{organization.slug}-{flight.seed}")
    for organization in DEMO_ORGANIZATIONS
    for flight in organization.flights
]


@each_organization
def test_organization_has_aircraft_pilots_and_flights(organization: DemoOrganization) -> None:
    assert 3 <= len(organization.aircraft) <= 4
    assert len(organization.pilots) == 3
    assert len(organization.flights) == 8


@each_organization
def test_maintenance_is_overdue_soon_and_far_away(organization: DemoOrganization) -> None:
    due = [aircraft.next_maintenance(NOW) for aircraft in organization.aircraft]
    days = [(day - NOW.date()).days for day in due if day is not None]
    assert any(number < 0 for number in days)
    assert any(0 <= number <= 7 for number in days)
    assert any(number > 7 for number in days)


@each_organization
def test_organization_shows_every_fault_and_healthy_flights(organization: DemoOrganization) -> None:
    kinds = [flight.fault.kind if flight.fault else None for flight in organization.flights]
    assert set(FaultKind) <= set(kinds)
    assert kinds.count(None) >= 3


@each_organization
def test_flights_name_known_aircraft_and_pilots(organization: DemoOrganization) -> None:
    registrations = {aircraft.registration for aircraft in organization.aircraft}
    emails = {pilot.email for pilot in organization.pilots}
    assert {flight.registration for flight in organization.flights} <= registrations
    assert {flight.pilot_email for flight in organization.flights} <= emails


def test_names_are_unique_across_organizations() -> None:
    aircraft = [each for organization in DEMO_ORGANIZATIONS for each in organization.aircraft]
    pilots = [each for organization in DEMO_ORGANIZATIONS for each in organization.pilots]
    assert len({each.registration for each in aircraft}) == len(aircraft)
    assert len({each.serial for each in aircraft}) == len(aircraft)
    assert len({each.email for each in pilots}) == len(pilots)


def test_people_live_at_an_example_domain() -> None:
    for organization in DEMO_ORGANIZATIONS:
        assert all(pilot.email.endswith(".example.org") for pilot in organization.pilots)


@each_organization
@pytest.mark.parametrize("now", [NOW, NOW.replace(hour=0, minute=5), NOW.replace(hour=8)])
def test_plans_lie_within_the_last_thirty_one_days_in_order(
    organization: DemoOrganization, now: datetime
) -> None:
    plans = [plan for _, plan in organization.plans(now)]
    starts = [plan.start_at for plan in plans]
    assert starts == sorted(starts)
    assert now - timedelta(days=31) < starts[0]
    assert all(plan.start_at + timedelta(seconds=plan.duration_s) <= now for plan in plans)


def test_flight_of_today_that_has_not_begun_is_put_a_day_back() -> None:
    flight = DemoFlight("X", "x@example.org", 0, 20.0, 200, 1, (50.0, 8.0, 100.0), "Test")
    assert flight.plan("multirotor", NOW).start_at == datetime(2025, 6, 29, 20, tzinfo=UTC)


@pytest.mark.parametrize(("organization", "flight"), ALL_FLIGHTS)
def test_every_flight_can_be_flown(organization: DemoOrganization, flight: DemoFlight) -> None:
    plan = next(plan for candidate, plan in organization.plans(NOW) if candidate is flight)
    flown = simulate(plan)
    assert 120 <= plan.duration_s <= 300
    assert flown.truth.kind is (flight.fault.kind if flight.fault else None)
