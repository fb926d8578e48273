"""Platform staff inside an organization: for a reason, for an hour, and on its record."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from accounts.models import ApiKey, Membership, PlatformVisit, User
from accounts.services import create_person
from accounts.upkeep import end_visits
from accounts.visits.services import begin_visit
from aviation.audit.models import AuditEvent
from aviation.common.errors import Conflict, NotAllowed, NotFound, Rejected
from aviation.flights.models import FlightLog, FlightSession
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization
from tests.accounts.browsers import prove
from tests.conftest import PASSWORD, Cast
from tests.routes import routes

REASON = "Ticket 4711: an import that does not end"
ENTER = "/platform/organizations/alpha/visit/"
LEAVE = "/platform/visits/leave/"


@pytest.fixture
def staff(db: None) -> User:
    person = create_person(email="staff@example.org", full_name="Sam Staff", password=PASSWORD)
    person.is_staff = person.is_superuser = True
    person.save(update_fields=["is_staff", "is_superuser"])
    return person


@pytest.fixture
def browser(staff: User) -> Client:
    """Signed in as platform staff, who have just proved who they are."""
    browser = Client()
    browser.force_login(staff)
    prove(browser)
    return browser


@pytest.fixture
def acting(alpha: Cast, staff: User, browser: Client) -> Client:
    """Inside Alpha, as an administrator."""
    begin_visit(user=staff, slug="alpha", role=Role.ADMIN, reason=REASON)
    return browser


def trail(cast: Cast, action: str) -> list[AuditEvent]:
    with tenant_context(cast.organization):
        return list(AuditEvent.objects.filter(action=action, org_id=cast.organization.pk))


def test_staff_are_outside_without_a_visit(alpha: Cast, browser: Client) -> None:
    assert browser.get(alpha.home).status_code == 404


def test_form_lets_staff_in_to_look(alpha: Cast, browser: Client) -> None:
    assert "Visit Alpha" in browser.get(ENTER).content.decode()
    answer = browser.post(ENTER, {"reason": REASON, "role": "readonly"})
    assert answer["Location"] == alpha.home
    page = browser.get(alpha.home)
    assert page.status_code == 200
    assert browser.get(f"{alpha.home}admin/").status_code == 403


def test_form_lets_staff_in_to_act(alpha: Cast, browser: Client) -> None:
    browser.post(ENTER, {"reason": REASON, "role": "admin"})
    assert browser.get(f"{alpha.home}admin/").status_code == 200


@pytest.mark.parametrize(
    "entered",
    [
        {"reason": "support", "role": "admin"},
        {"reason": "          ", "role": "admin"},
        {"reason": REASON, "role": "manager"},
        {"reason": REASON},
    ],
)
def test_visit_needs_a_reason_and_one_of_two_roles(
    entered: dict[str, str], alpha: Cast, browser: Client
) -> None:
    assert browser.post(ENTER, entered).status_code == 422
    assert browser.get(alpha.home).status_code == 404


def test_service_refuses_what_the_form_would(alpha: Cast, staff: User) -> None:
    with pytest.raises(Rejected):
        begin_visit(user=staff, slug="alpha", role=Role.MANAGER, reason=REASON)
    with pytest.raises(Rejected):
        begin_visit(user=staff, slug="alpha", role=Role.ADMIN, reason="too short")
    with pytest.raises(NotFound):
        begin_visit(user=staff, slug="nowhere", role=Role.ADMIN, reason=REASON)


@pytest.mark.parametrize("mark", ["is_staff", "is_superuser"])
def test_only_platform_staff_can_visit(mark: str, alpha: Cast, staff: User) -> None:
    setattr(staff, mark, False)
    with pytest.raises(NotAllowed):
        begin_visit(user=staff, slug="alpha", role=Role.READONLY, reason=REASON)


def test_others_do_not_see_the_form(outsider: Client, alpha: Cast) -> None:
    prove(outsider)
    assert outsider.get(ENTER).status_code == 403
    assert Client().get(ENTER).status_code == 302


def test_entering_needs_a_recent_proof(alpha: Cast, browser: Client) -> None:
    prove(browser, ago_s=601)
    assert browser.get(ENTER)["Location"].startswith("/account/confirm/?next=%2Fplatform")
    answer = browser.post(ENTER, {"reason": REASON, "role": "admin"})
    assert answer["Location"].startswith("/account/confirm/")
    assert browser.get(alpha.home).status_code == 404


def test_member_needs_no_visit(alpha: Cast, staff: User) -> None:
    with platform_context():
        Membership.objects.create(organization=alpha.organization, user=staff)
    with pytest.raises(Conflict):
        begin_visit(user=staff, slug="alpha", role=Role.ADMIN, reason=REASON)


def test_visit_opens_one_organization_only(alpha: Cast, bravo: Cast, acting: Client) -> None:
    assert acting.get(alpha.home).status_code == 200
    assert acting.get(bravo.home).status_code == 404


def test_visit_is_its_visitors_only(alpha: Cast, acting: Client, outsider: Client) -> None:
    assert outsider.get(alpha.home).status_code == 404


def test_visit_ends_after_an_hour(alpha: Cast, staff: User, browser: Client) -> None:
    hour_ago = timezone.now() - timedelta(minutes=60)
    begin_visit(user=staff, slug="alpha", role=Role.ADMIN, reason=REASON, at=hour_ago)
    assert browser.get(alpha.home).status_code == 404
    almost = hour_ago + timedelta(minutes=2)
    begin_visit(user=staff, slug="alpha", role=Role.ADMIN, reason=REASON, at=almost)
    assert browser.get(alpha.home).status_code == 200


def test_leaving_ends_the_visit(alpha: Cast, acting: Client) -> None:
    assert acting.post(LEAVE, {"slug": "alpha"})["Location"] == "/admin/tenants/organization/"
    assert acting.get(alpha.home).status_code == 404
    assert len(trail(alpha, "visit.ended")) == 1
    acting.post(LEAVE, {"slug": "alpha"})
    assert len(trail(alpha, "visit.ended")) == 1


def test_organization_reads_who_came_why_and_when_they_left(
    alpha: Cast, staff: User, acting: Client, manager: Client
) -> None:
    acting.post(LEAVE, {"slug": "alpha"})
    [began], [ended] = trail(alpha, "visit.began"), trail(alpha, "visit.ended")
    assert began.reason == ended.reason == REASON
    assert (began.after or {})["role"] == "admin"
    assert ended.after == {"because": "left"}
    page = manager.get(f"{alpha.home}admin/audit/auditevent/").content.decode()
    assert REASON in page
    assert "Platform staff" in page


def test_begun_by_the_form_the_visit_names_its_visitor(
    alpha: Cast, staff: User, browser: Client
) -> None:
    browser.post(ENTER, {"reason": REASON, "role": "admin"})
    [began] = trail(alpha, "visit.began")
    assert began.actor_id == staff.pk


def test_overdue_visit_is_written_down_as_ended(alpha: Cast, staff: User) -> None:
    then = timezone.now() - timedelta(hours=2)
    visit = begin_visit(user=staff, slug="alpha", role=Role.READONLY, reason=REASON, at=then)
    assert end_visits() == 1
    assert end_visits() == 0
    with platform_context():
        kept = PlatformVisit.objects.get(pk=visit.pk)
    assert kept.left_at == kept.ends_at
    assert [event.after for event in trail(alpha, "visit.ended")] == [
        {"because": "its time was up"}
    ]


def test_another_visit_takes_the_place_of_the_first(alpha: Cast, staff: User) -> None:
    for role in (Role.ADMIN, Role.READONLY):
        begin_visit(user=staff, slug="alpha", role=role, reason=REASON)
    with platform_context():
        [running] = PlatformVisit.objects.filter(user=staff, left_at=None)
    assert running.role == Role.READONLY


def test_who_is_platform_staff_no_more_is_out_at_once(
    alpha: Cast, staff: User, acting: Client
) -> None:
    """A17: the visit lasts no longer than what it rests on."""
    User.objects.filter(pk=staff.pk).update(is_superuser=False)
    assert acting.get(alpha.home).status_code == 404


def test_suspended_organization_stays_closed(alpha: Cast, staff: User, acting: Client) -> None:
    with platform_context():
        Organization.objects.filter(slug="alpha").update(
            status="suspended", suspended_at=timezone.now()
        )
    assert acting.get(alpha.home).status_code == 404
    assert acting.get(ENTER).status_code == 404
    with pytest.raises(NotFound):
        begin_visit(user=staff, slug="alpha", role=Role.ADMIN, reason=REASON)


@pytest.mark.parametrize("path", ["flights/", "admin/", "admin/flights/flightsession/"])
def test_banner_is_on_every_page_with_the_way_out(
    path: str, alpha: Cast, acting: Client, manager: Client
) -> None:
    page = acting.get(f"{alpha.home}{path}").content.decode()
    assert "You are visiting Alpha" in page
    assert f'action="{LEAVE}"' in page
    assert "You are visiting" not in manager.get(f"{alpha.home}{path}").content.decode()


def test_platform_admin_shows_the_way_in(alpha: Cast, browser: Client) -> None:
    assert ENTER in browser.get("/admin/tenants/organization/").content.decode()


@pytest.mark.parametrize("route", routes("config.urls_organization"), ids=lambda r: r.path or "/")
def test_visitor_meets_no_broken_page(route: Any, alpha: Cast, acting: Client) -> None:
    """Whatever they ask for: an answer, or a refusal in words."""
    path = f"{alpha.home}{route.path}"
    assert acting.get(path).status_code < 500
    assert acting.post(path).status_code < 500


def test_visitor_cannot_bring_a_log(alpha: Cast, acting: Client) -> None:
    """What would have to name them as a member is refused in words."""
    sent = {"aircraft": str(alpha.aircraft.pk), "file": BytesIO(b"ULog\x01\x12\x35")}
    answer = acting.post(f"{alpha.home}upload/", sent, headers={"accept": "application/json"})
    assert answer.status_code == 403
    assert "Visitors cannot do this" in answer.content.decode()
    with tenant_context(alpha.organization):
        assert not FlightLog.objects.exists()


def test_visitor_plans_a_flight_for_a_member_and_not_for_themselves(
    alpha: Cast, acting: Client
) -> None:
    path = f"{alpha.home}api/v1/flights/"
    flight = {"aircraft": str(alpha.aircraft.pk), "started_at": "2026-11-21T08:00:00Z"}
    answer = acting.post(path, flight, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "visitors_cannot")
    named = flight | {"pilot": str(alpha.members[Role.PILOT].pk)}
    assert acting.post(path, named, "application/json").status_code == 201
    with tenant_context(alpha.organization):
        assert FlightSession.objects.get().pilot == alpha.members[Role.PILOT]


def test_what_a_visitor_changes_is_on_record_in_their_name(
    alpha: Cast, staff: User, acting: Client
) -> None:
    path = f"{alpha.home}api/v1/aircraft/{alpha.aircraft.pk}/"
    assert acting.patch(path, {"name": "Renamed"}, "application/json").status_code == 200
    with tenant_context(alpha.organization):
        event = AuditEvent.objects.filter(table_name="aircraft").latest("id")
    assert event.actor_id == staff.pk


def test_request_of_others_costs_no_look_for_visits(alpha: Cast, outsider: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert outsider.get(alpha.home).status_code == 404
    assert not [each for each in asked if "platformvisit" in each["sql"]]


def test_visitor_cannot_make_a_key(alpha: Cast, acting: Client) -> None:
    """A key acts for a member; it would outlast the visit."""
    entered = {"name": "Backdoor", "scopes": ["read"], "lifetime": "30", "networks": ""}
    answer = acting.post(f"{alpha.home}keys/new/", entered)
    assert "Only a current member can own an API key" in answer.content.decode()
    with tenant_context(alpha.organization):
        assert not ApiKey.objects.filter(name="Backdoor").exists()


def test_visitor_looking_only_changes_nothing(alpha: Cast, staff: User, browser: Client) -> None:
    begin_visit(user=staff, slug="alpha", role=Role.READONLY, reason=REASON)
    path = f"{alpha.home}api/v1/aircraft/{alpha.aircraft.pk}/"
    assert browser.get(path).status_code == 200
    assert browser.patch(path, {"name": "Mine"}, "application/json").status_code == 403
