"""What a fleet manager does in the admin goes through the services, and costs few queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains

from accounts.choices import Role
from accounts.models import Membership
from aviation.fleet.models import Aircraft
from aviation.flights.choices import FlightState, LogState
from aviation.flights.models import FlightLog, FlightSession
from aviation.tenants.context import tenant_context
from tests.admin_site.test_fleet_access import LISTS, pages_of, path, plan
from tests.api.build import Things, make_analysis, make_finding, make_flight, make_log
from tests.api.test_lists import fill
from tests.conftest import Cast
from tests.queries import queries


def flight_state(cast: Cast, flight: FlightSession) -> str:
    with tenant_context(cast.organization):
        return FlightSession.objects.values_list("state", flat=True).get(pk=flight.pk)


def act(client: Client, cast: Cast, page: str, action: str, *things: Any) -> str:
    """Choose things in a list and an action; the page that follows, with its messages."""
    body = {"action": action, "_selected_action": [str(thing.pk) for thing in things], "index": 0}
    return client.post(path(cast, page), body, follow=True).content.decode()


def aircraft_form(**values: str) -> dict[str, str]:
    return {
        "registration": "G-DBXA",
        "name": "",
        "aircraft_type": "fixed_wing",
        "status": "active",
        "manufacturer": "",
        "model": "",
        "serial_number": "",
        "specifications": "{}",
        "next_maintenance_on": "",
    } | values


def test_manager_registers_an_aircraft(manager: Client, alpha: Cast) -> None:
    response = manager.post(path(alpha, "fleet/aircraft/add/"), aircraft_form())
    assert response.status_code == 302
    with tenant_context(alpha.organization):
        assert Aircraft.objects.get(registration="G-DBXA").aircraft_type == "fixed_wing"


@pytest.mark.parametrize(
    "values",
    [
        {"registration": "alpha-1"},
        {"registration": ""},
        {"specifications": "[1]"},
        {"next_maintenance_on": "soon"},
        {"next_maintenance_on": "0206-06-15"},
        {"specifications": '{"a": "\\u0000"}'},
        {"specifications": '{"a": 1e999}'},
        {"specifications": "{"},
    ],
    ids=str,
)
def test_bad_values_come_back_with_the_form(
    manager: Client, alpha: Cast, values: dict[str, str]
) -> None:
    response = manager.post(path(alpha, "fleet/aircraft/add/"), aircraft_form(**values))
    assert response.status_code == 200
    assert "Please correct the error" in response.content.decode()


def test_manager_changes_an_aircraft(manager: Client, alpha: Cast) -> None:
    page = path(alpha, f"fleet/aircraft/{alpha.aircraft.pk}/change/")
    response = manager.post(page, aircraft_form(registration="ALPHA-1", status="grounded"))
    assert response.status_code == 302
    with tenant_context(alpha.organization):
        assert Aircraft.objects.get(pk=alpha.aircraft.pk).status == "grounded"


def test_manager_enters_the_next_maintenance(manager: Client, alpha: Cast) -> None:
    page = path(alpha, f"fleet/aircraft/{alpha.aircraft.pk}/change/")
    entered = aircraft_form(registration="ALPHA-1", next_maintenance_on="2026-06-15")
    assert manager.post(page, entered).status_code == 302
    with tenant_context(alpha.organization):
        due = Aircraft.objects.get(pk=alpha.aircraft.pk).next_maintenance_on
    assert due == date(2026, 6, 15)


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ("overdue", {-1}),
        ("7", {0, 7}),
        ("30", {0, 7, 8, 30}),
        ("none", {None}),
        ("%00", {None, -1, 0, 7, 8, 30, 31}),
    ],
)
def test_list_of_aircraft_is_narrowed_by_maintenance(
    chosen: str, found: set[int | None], manager: Client, alpha: Cast
) -> None:
    today = timezone.localdate()
    with tenant_context(alpha.organization):
        for days in (-1, 0, 7, 8, 30, 31):
            due = today + timedelta(days=days)
            Aircraft.objects.create(registration=f"D{days}", next_maintenance_on=due)
    listed = manager.get(path(alpha, f"fleet/aircraft/?maintenance={chosen}")).context["cl"]
    dates = [aircraft.next_maintenance_on for aircraft in listed.result_list]
    assert {due and (due - today).days for due in dates} == found


def test_aircraft_with_flights_is_not_deleted(admin: Client, alpha: Cast, things: Things) -> None:
    page = path(alpha, f"fleet/aircraft/{alpha.aircraft.pk}/delete/")
    admin.post(page, {"post": "yes"})
    with tenant_context(alpha.organization):
        assert Aircraft.objects.filter(pk=alpha.aircraft.pk).exists()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ANALYST])
def test_only_administrators_delete_aircraft(
    role: str, alpha: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    page = path(alpha, f"fleet/aircraft/{alpha.aircraft.pk}/delete/")
    assert sign_in(alpha.members[role]).post(page, {"post": "yes"}).status_code == 403


def test_analyst_looks_and_changes_nothing(
    alpha: Cast, things: Things, sign_in: Callable[[Membership], Client]
) -> None:
    analyst = sign_in(alpha.members[Role.ANALYST])
    for page in pages_of(things):
        assert analyst.get(path(alpha, page)).status_code == 200
        assert analyst.post(path(alpha, page), {}).status_code == 403
    for page in ("fleet/aircraft/add/", "flights/flightsession/add/"):
        assert analyst.get(path(alpha, page)).status_code == 403


def test_manager_plans_a_flight(manager: Client, alpha: Cast) -> None:
    assert plan(manager, alpha, notes="Dam").status_code == 302
    with tenant_context(alpha.organization):
        flight = FlightSession.objects.get()
    assert (flight.state, flight.pilot_id) == ("planned", alpha.members[Role.PILOT].pk)


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ("planned", "start", "in_progress"),
        ("in_progress", "complete", "completed"),
        ("in_progress", "abort", "aborted"),
        ("planned", "complete", "planned"),
        ("completed", "abort", "completed"),
    ],
)
def test_actions_move_a_flight_along_its_life(
    manager: Client, alpha: Cast, before: str, action: str, after: str
) -> None:
    with tenant_context(alpha.organization):
        flight = make_flight(alpha, state=before)
    page = act(manager, alpha, "flights/flightsession/", action, flight)
    assert flight_state(alpha, flight) == after
    assert ("The flight is" in page) == (before == after)


def test_one_refused_flight_does_not_hold_up_the_others(manager: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        done = make_flight(alpha)
        flying = make_flight(alpha, state=FlightState.IN_PROGRESS)
    page = act(manager, alpha, "flights/flightsession/", "complete", done, flying)
    assert flight_state(alpha, flying) == "completed"
    assert "1 completed." in page


def test_action_on_a_foreign_flight_does_nothing(manager: Client, alpha: Cast, bravo: Cast) -> None:
    with tenant_context(bravo.organization):
        flight = make_flight(bravo, state=FlightState.PLANNED)
    act(manager, alpha, "flights/flightsession/", "abort", flight)
    assert flight_state(bravo, flight) == "planned"


def test_what_the_log_says_about_a_flight_cannot_be_written(
    manager: Client, alpha: Cast, things: Things
) -> None:
    page = path(alpha, f"flights/flightsession/{things.flight.pk}/change/")
    body = {"pilot": "", "notes": "Gusty", "state": "planned", "started_at_0": "2001-01-01"}
    body |= {"aircraft": "", "started_at_1": "00:00", "has_flight": ""}
    body |= {"logs-TOTAL_FORMS": "0", "logs-INITIAL_FORMS": "0"}
    assert manager.post(page, body).status_code == 302
    with tenant_context(alpha.organization):
        flight = FlightSession.objects.get(pk=things.flight.pk)
    assert (flight.notes, flight.state) == ("Gusty", "completed")
    assert flight.started_at == things.flight.started_at
    assert flight.has_flight


def test_flights_are_not_deleted_by_the_dozen(admin: Client, alpha: Cast, things: Things) -> None:
    """One by one they are: tests/flights/test_deleting.py."""
    act(admin, alpha, "flights/flightsession/", "delete_selected", things.flight)
    assert flight_state(alpha, things.flight) == "completed"


def test_failed_log_is_read_again(manager: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        log = make_log(alpha, state=LogState.FAILED, error_code="x", error_message="Broken.")
    page = act(manager, alpha, "flights/flightlog/", "retry", log)
    assert "1 will be read again." in page
    with tenant_context(alpha.organization):
        assert FlightLog.objects.get(pk=log.pk).state == LogState.RECEIVED


def test_log_page_tells_state_report_and_download(
    manager: Client, alpha: Cast, things: Things
) -> None:
    page = path(alpha, f"flights/flightlog/{things.log.pk}/change/")
    text = manager.get(page).content.decode()
    assert "5 channels over 60.0 s." in text
    assert f"{alpha.home}logs/{things.log.pk}/raw/" in text
    assert things.log.sha256 in text


def test_analysis_page_shows_report_and_findings(
    manager: Client, alpha: Cast, things: Things
) -> None:
    page = path(alpha, f"mlresults/analysis/{things.analysis.pk}/change/")
    text = manager.get(page).content.decode()
    assert "It sagged." in text
    assert "3.2 V, limit 3.5 V" in text
    assert "The log has no such channel." in text


def test_replaced_analyses_are_shown_on_request(
    manager: Client, alpha: Cast, things: Things
) -> None:
    with tenant_context(alpha.organization):
        old = make_analysis(things.flight, is_active=False, engine_version="0")
    listed = [
        str(old.pk) in manager.get(path(alpha, f"mlresults/analysis/{query}")).content.decode()
        for query in ("", "?version=replaced", "?version=all")
    ]
    assert listed == [False, True, True]


@pytest.mark.parametrize(
    "page", ["flights/flightlog/", "mlresults/analysis/", "mlresults/finding/"]
)
def test_machine_owned_things_are_not_added(page: str, admin: Client, alpha: Cast) -> None:
    assert admin.get(path(alpha, f"{page}add/")).status_code == 403


def test_hostile_names_are_shown_as_text(manager: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        log = make_log(alpha, file_name="<script>alert(1)</script>.ulg")
        flight = make_flight(alpha)
        finding = make_finding(make_analysis(flight, headline="<b>x</b>"), title="<i>y</i>")
    for page in (
        "flights/flightlog/",
        f"flights/flightlog/{log.pk}/change/",
        "mlresults/analysis/",
        f"mlresults/analysis/{finding.analysis_id}/change/",
        "mlresults/finding/",
    ):
        text = manager.get(path(alpha, page)).content.decode()
        assert "<script>alert" not in text
        assert "<b>x</b>" not in text
        assert "<i>y</i>" not in text


def test_work_leaves_no_entry_in_djangos_own_log(manager: Client, alpha: Cast) -> None:
    manager.post(path(alpha, "fleet/aircraft/add/"), aircraft_form())
    page = path(alpha, f"fleet/aircraft/{alpha.aircraft.pk}/change/")
    manager.post(page, aircraft_form(registration="ALPHA-1"))
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("page", [*LISTS, "flights/flightsession/?q=N", "search/?s=N"])
def test_list_of_many_costs_the_queries_of_few(page: str, manager: Client, alpha: Cast) -> None:
    url = path(alpha, page)
    queries(manager, url)  # the first page of a session notes the organization in it
    fill(alpha, 5)
    few = queries(manager, url)
    fill(alpha, 15)
    many = queries(manager, url)
    assert len(many) == len(few), "\n".join(many)


def test_first_page_counts_and_leads_to_what_it_counted(
    manager: Client, alpha: Cast, things: Things
) -> None:
    with tenant_context(alpha.organization):
        make_flight(alpha, state=FlightState.IN_PROGRESS)
        make_analysis(make_flight(alpha), risk_level="critical")
        make_log(alpha, state=LogState.FAILED)
        make_log(alpha)
    cards = {card.title: card for card in manager.get(path(alpha)).context["cards"]}
    counts = {title: card.count for title, card in cards.items()}
    assert counts == {
        "Aircraft": 1,
        "Grounded": 0,
        "Flights": 3,
        "In progress": 1,
        "Logs being read": 1,
        "Logs not readable": 1,
        "High or critical risk": 1,
        "Figures not refreshed": 0,
        "Members": 7,
        "API keys": 1,
    }
    assert {t for t, card in cards.items() if card.is_worrying} == {
        "Logs not readable",
        "High or critical risk",
    }
    for card in cards.values():
        assert manager.get(card.link).context["cl"].result_count == card.count, card


def test_empty_list_says_whether_there_are_none_or_none_that_fit(
    manager: Client, alpha: Cast
) -> None:
    flights = path(alpha, "flights/flightsession/")
    shown = manager.get(flights)
    assertContains(shown, "There are no flights yet.")
    assertContains(shown, f'href="{flights}add/')
    logs = manager.get(path(alpha, "flights/flightlog/"))
    assertContains(logs, "Pilots upload them on the page Upload log.")
    searched = manager.get(path(alpha, "fleet/aircraft/"), {"q": "nothing of the kind"})
    assertContains(searched, "None of the aircraft fits your search and filters.")
    assertContains(searched, 'href="?"')


def test_search_words_are_bounded(manager: Client, alpha: Cast) -> None:
    response = manager.get(path(alpha, "fleet/aircraft/"), {"q": "a " * 5_000 + "\x00"})
    assert response.status_code == 200
