"""The invented past: the same every time, believable, and never taken for recorded flights."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from django.test import Client

from accounts.choices import Role
from aviation.demo.history import DAYS, MARK, PastFlight, history_of
from aviation.demo.seeding_history import store_history
from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.mlresults.findings import Component, Finding
from aviation.mlresults.models import Analysis
from aviation.mlresults.models import Finding as StoredFinding
from aviation.telemetry.simulation.demo_fleet import DEMO_ORGANIZATIONS
from aviation.tenants.context import tenant_context
from tests.conftest import Cast

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
ALPINE = DEMO_ORGANIZATIONS[0]


def findings(flight: PastFlight) -> list[Finding]:
    return [each for each in flight.assessment.outcomes if isinstance(each, Finding)]


def test_history_is_the_same_every_time() -> None:
    assert history_of(ALPINE, NOW) == history_of(ALPINE, NOW)
    others = history_of(DEMO_ORGANIZATIONS[1], NOW)
    assert {each.registration for each in others} == {
        each.registration for each in DEMO_ORGANIZATIONS[1].aircraft
    }


def test_history_spans_more_than_a_year_and_ends_yesterday() -> None:
    starts = [each.start_at for each in history_of(ALPINE, NOW)]
    assert starts == sorted(starts)
    assert starts[0] < NOW - timedelta(days=365)
    assert starts[0] > NOW - timedelta(days=DAYS + 1)
    assert NOW - timedelta(days=7) < starts[-1] < NOW.replace(hour=0)


def test_one_aircraft_wears_out_in_the_last_two_months() -> None:
    def motor_findings(since: datetime, until: datetime) -> Counter[str]:
        return Counter(
            flight.registration
            for flight in history_of(ALPINE, NOW)
            if since <= flight.start_at < until
            for each in findings(flight)
            if each.component is Component.MOTOR
        )

    wearing = ALPINE.aircraft[-2].registration
    assert motor_findings(NOW - timedelta(days=400), NOW - timedelta(days=62)) == {}
    late = motor_findings(NOW - timedelta(days=60), NOW)
    assert set(late) == {wearing}
    assert late[wearing] > 5


def test_risk_comes_from_the_findings_and_is_missing_where_nothing_was_assessed() -> None:
    history = history_of(ALPINE, NOW)
    assert any(each.assessment.risk is None for each in history)
    for flight in history:
        risk = flight.assessment.risk
        is_serious = any(each.severity.rank for each in findings(flight))
        assert risk is None or (risk.score >= 0.2) == is_serious


def test_stored_history_is_marked_and_complete_and_stored_once(in_alpha: Cast) -> None:
    fleet = {
        each.registration: Aircraft.objects.create(registration=each.registration)
        for each in ALPINE.aircraft
    }
    members = {ALPINE.pilots[0].email: in_alpha.members[Role.PILOT]}
    stored = store_history(ALPINE, fleet, members, NOW)
    flights = FlightSession.objects.flown().filter(notes__startswith=MARK)
    assert stored == flights.count() == len(history_of(ALPINE, NOW))
    assert Analysis.objects.active().filter(session__in=flights).count() == stored
    expected = sum(len(findings(each)) for each in history_of(ALPINE, NOW))
    assert StoredFinding.objects.filter(analysis__session__in=flights).count() == expected
    assert store_history(ALPINE, fleet, members, NOW) == 0


def test_page_of_such_a_flight_says_what_it_is(alpha: Cast, manager: Client) -> None:
    with tenant_context(alpha.organization):
        fleet = {each.registration: alpha.aircraft for each in ALPINE.aircraft}
        store_history(ALPINE, fleet, {}, NOW)
        flight = FlightSession.objects.newest_first()[0]
    page = manager.get(f"{alpha.home}flights/{flight.pk}/")
    assert page.status_code == 200
    assert MARK.encode() in page.content
    assert b"nothing was recorded" in page.content
