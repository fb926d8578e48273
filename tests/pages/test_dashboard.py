"""The first page: what was flown lately, and what deserves a look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership
from aviation.flights.choices import FlightState
from aviation.pages.reads import ATTENTION_DAYS, RECENT, dashboard
from aviation.tenants.context import tenant_context
from tests.api.build import make_analysis, make_finding, make_flight, make_log
from tests.conftest import Cast
from tests.pages.build import assessed, fill
from tests.queries import queries

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)


def figures(cast: Cast) -> dict[str, object]:
    shown = dashboard(cast.members[Role.MANAGER], NOW)["figures"]
    return {each["label"]: each["value"] for each in shown}


def test_figures_add_up_the_flights_of_the_last_days(in_alpha: Cast) -> None:
    for days in (1, ATTENTION_DAYS - 1):
        started_at = NOW - timedelta(days=days)
        make_flight(in_alpha, started_at=started_at, airborne_s=1_800, distance_m=2_500)
    assert figures(in_alpha) == {
        "Flights": 2,
        "Time in the air": "1.0",
        "Distance": "5.0",
        "Aircraft flown": 1,
    }


def test_figures_leave_out_what_was_not_flown_lately(in_alpha: Cast) -> None:
    too_old = NOW - timedelta(days=ATTENTION_DAYS, seconds=1)
    make_flight(in_alpha, started_at=too_old, airborne_s=600)
    make_flight(in_alpha, started_at=YESTERDAY, state=FlightState.PLANNED)
    make_flight(in_alpha, started_at=YESTERDAY, state=FlightState.IN_PROGRESS)
    make_flight(in_alpha, started_at=YESTERDAY, has_flight=False)
    assert figures(in_alpha)["Flights"] == 0
    assert figures(in_alpha)["Time in the air"] == "0.0"


def test_worst_flight_stands_first_and_harmless_ones_are_left_out(in_alpha: Cast) -> None:
    medium = assessed(in_alpha, "medium", 0.4, YESTERDAY)
    critical = assessed(in_alpha, "critical", 0.9, YESTERDAY)
    assessed(in_alpha, "low", 0.1, YESTERDAY)
    assessed(in_alpha, "high", 0.7, NOW - timedelta(days=ATTENTION_DAYS, seconds=1))
    listed = dashboard(in_alpha.members[Role.MANAGER], NOW)["needs_attention"]
    assert [each["flight"] for each in listed] == [critical, medium]


def test_attention_names_the_first_serious_finding_else_the_headline(in_alpha: Cast) -> None:
    found, unfound = (make_flight(in_alpha, started_at=YESTERDAY) for _ in range(2))
    analysis = make_analysis(found, risk_score=0.9)
    make_finding(analysis, 0, severity="info", title="Mode changed")
    make_finding(analysis, 1, severity="critical", title="Motor 3 stopped")
    make_analysis(unfound, risk_score=0.4, headline="Worth a look.")
    listed = dashboard(in_alpha.members[Role.MANAGER], NOW)["needs_attention"]
    assert [each["headline"] for each in listed] == ["Motor 3 stopped", "Worth a look."]


def test_replaced_analysis_no_longer_counts(in_alpha: Cast) -> None:
    flight = make_flight(in_alpha, started_at=YESTERDAY)
    make_finding(make_analysis(flight, is_active=False, engine_version="0", risk_level="critical"))
    make_analysis(flight, risk_level="low", risk_score=0.1)
    shown = dashboard(in_alpha.members[Role.MANAGER], NOW)
    assert shown["needs_attention"] == []
    assert [each.risk_level for each in shown["recent_flights"]] == ["low"]


def test_recent_flights_are_the_newest(in_alpha: Cast) -> None:
    flights = [
        make_flight(in_alpha, started_at=NOW - timedelta(days=day)) for day in range(RECENT + 1)
    ]
    assert dashboard(in_alpha.members[Role.MANAGER], NOW)["recent_flights"] == flights[:RECENT]


def test_pilot_sees_own_flights_only(in_alpha: Cast) -> None:
    own = make_flight(in_alpha, started_at=YESTERDAY, pilot=in_alpha.members[Role.PILOT])
    make_flight(in_alpha, started_at=YESTERDAY, pilot=in_alpha.members[Role.USER])
    shown = dashboard(in_alpha.members[Role.PILOT], NOW)
    assert shown["recent_flights"] == [own]
    assert shown["figures"][0]["value"] == 1


def test_running_imports_are_announced(alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        make_log(alpha)
        make_log(alpha)
    page = viewer.get(alpha.home)
    assert page.context["imports_running"] == 2
    assert b"2 logs being imported" in page.content


def test_empty_dashboard_says_what_to_do_next(
    alpha: Cast, viewer: Client, sign_in: Callable[[Membership], Client]
) -> None:
    pilot = sign_in(alpha.members[Role.PILOT])
    assert b"upload your first log" in pilot.get(alpha.home).content
    assert b"upload your first log" not in viewer.get(alpha.home).content


def test_dashboard_of_many_flights_costs_the_queries_of_few(alpha: Cast, manager: Client) -> None:
    manager.get(alpha.home)  # the session notes the organization on the first visit
    fill(alpha, 10, timezone.now() - timedelta(days=1))
    few = queries(manager, alpha.home)
    fill(alpha, 10, timezone.now() - timedelta(days=2))
    many = queries(manager, alpha.home)
    assert len(many) == len(few), "\n".join(many)
