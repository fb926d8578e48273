"""The platform's admin: organizations and people, and no organization's data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from accounts.models import Membership, User
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization
from tests.api.build import Things
from tests.conftest import Cast

PAGES = ("", "tenants/organization/", "accounts/user/")


def organization(cast: Cast) -> Organization:
    with platform_context():
        return Organization.objects.get(pk=cast.organization.pk)


def act(client: Client, action: str, cast: Cast) -> str:
    body = {"action": action, "_selected_action": [str(cast.organization.pk)], "index": 0}
    return client.post("/admin/tenants/organization/", body, follow=True).content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_staff_enter(page: str, staff: Client, alpha: Cast) -> None:
    assert staff.get(f"/admin/{page}").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_anonymous_visitor_is_asked_to_sign_in(page: str, db: None) -> None:
    response = Client().get(f"/admin/{page}")
    assert response.headers["Location"] == f"/sign-in/?next=/admin/{page}"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", Role.values)
def test_members_of_organizations_do_not_enter(
    page: str, role: str, alpha: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    assert sign_in(alpha.members[role]).get(f"/admin/{page}").status_code == 403


@pytest.mark.parametrize("marks", [{"is_staff": True}, {"is_superuser": True}])
def test_half_marked_staff_do_not_enter(marks: dict[str, bool], db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user("half@example.org", "a long enough one", **marks))
    assert client.get("/admin/").status_code == 403


def test_all_organizations_are_listed_with_their_members(
    staff: Client, alpha: Cast, bravo: Cast
) -> None:
    text = staff.get("/admin/tenants/organization/").content.decode()
    assert "alpha" in text
    assert "bravo" in text
    assert "open_organization" in text


def test_no_page_shows_an_organizations_own_data(
    staff: Client, alpha: Cast, things: Things
) -> None:
    pages = (
        *PAGES,
        f"tenants/organization/{alpha.organization.pk}/change/",
        f"accounts/user/{alpha.members[Role.PILOT].user_id}/change/",
        "fleet/aircraft/",
        "flights/flightsession/",
    )
    for page in pages:
        text = staff.get(f"/admin/{page}", follow=True).content.decode()
        assert "ALPHA-1" not in text
        own = {name: known for name, known in things.ids.items() if name != "member_id"}
        assert not [name for name, known in own.items() if str(known) in text]


def test_page_that_asks_for_an_organizations_table_fails(
    staff: Client, alpha: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a page of the platform might be made to do."""
    from accounts.admin_site import platform_admin
    from aviation.fleet.models import Aircraft
    from aviation.tenants.postgresql.base import NoOrganizationBound

    monkeypatch.setattr(platform_admin, "get_app_list", lambda *_args: list(Aircraft.objects.all()))
    with pytest.raises(NoOrganizationBound):
        staff.get("/admin/")


def change(client: Client, cast: Cast, **values: Any) -> Any:
    current = organization(cast)
    body = {
        "name": current.name,
        "kind": current.kind,
        "compliance_level": current.compliance_level,
        "subscription_tier": current.subscription_tier,
        "storage_quota_bytes": current.storage_quota_bytes,
        "api_rate_limit_per_minute": current.api_rate_limit_per_minute,
        "telemetry_retention_days": current.telemetry_retention_days,
        "time_zone": current.time_zone,
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }
    place = f"/admin/tenants/organization/{cast.organization.pk}/change/"
    return client.post(place, body | values)


def test_quota_and_limits_are_changed(staff: Client, alpha: Cast) -> None:
    response = change(staff, alpha, storage_quota_bytes=5_000, api_rate_limit_per_minute=7)
    assert response.status_code == 302
    changed = organization(alpha)
    assert (changed.storage_quota_bytes, changed.api_rate_limit_per_minute) == (5_000, 7)


def test_time_zone_is_chosen(staff: Client, alpha: Cast) -> None:
    assert change(staff, alpha, time_zone="Europe/Zurich").status_code == 302
    assert organization(alpha).time_zone == "Europe/Zurich"
    assert change(staff, alpha, time_zone="Mars/Olympus").status_code == 200
    assert organization(alpha).time_zone == "Europe/Zurich"


def test_only_what_was_changed_is_written(staff: Client, alpha: Cast) -> None:
    """Somebody else may have suspended the organization while the form was open."""
    with CaptureQueriesContext(connection) as captured:
        change(staff, alpha, api_rate_limit_per_minute=7)
    writes = [q["sql"] for q in captured if q["sql"].startswith('UPDATE "tenants_organization"')]
    assert len(writes) == 1
    assert "api_rate_limit_per_minute" in writes[0]
    assert "status" not in writes[0]


def test_code_and_status_are_not_written_by_the_form(staff: Client, alpha: Cast) -> None:
    change(staff, alpha, slug="taken-over", status="suspended")
    changed = organization(alpha)
    assert (changed.slug, changed.status) == ("alpha", "active")


def test_bad_quota_is_refused(staff: Client, alpha: Cast) -> None:
    assert change(staff, alpha, storage_quota_bytes=-1).status_code == 200
    assert organization(alpha).storage_quota_bytes >= 0


def test_organization_is_suspended_and_resumed(staff: Client, manager: Client, alpha: Cast) -> None:
    assert "Alpha is suspended." in act(staff, "suspend", alpha)
    assert manager.get(f"{alpha.home}admin/").status_code == 404
    assert "Alpha is open again." in act(staff, "resume", alpha)
    assert manager.get(f"{alpha.home}admin/").status_code == 200


@pytest.mark.parametrize("page", ["tenants/organization/add/", "accounts/user/add/"])
def test_nothing_is_added_here(page: str, staff: Client) -> None:
    assert staff.get(f"/admin/{page}").status_code == 403


def test_nothing_is_deleted_here(staff: Client, alpha: Cast) -> None:
    person = alpha.members[Role.PILOT].user_id
    for page in (
        f"tenants/organization/{alpha.organization.pk}/delete/",
        f"accounts/user/{person}/delete/",
    ):
        assert staff.post(f"/admin/{page}", {"post": "yes"}).status_code == 403


def test_password_hashes_are_not_shown(staff: Client, alpha: Cast) -> None:
    person = alpha.members[Role.PILOT].user
    text = staff.get(f"/admin/accounts/user/{person.pk}/change/").content.decode()
    assert person.email in text
    assert person.password not in text
    assert "password" not in text.lower().replace("password-reset", "")


def person_form(**values: Any) -> dict[str, Any]:
    return {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0} | values


def test_account_is_closed_and_its_holder_is_out(
    staff: Client, manager: Client, alpha: Cast
) -> None:
    person = alpha.members[Role.MANAGER].user_id
    place = f"/admin/accounts/user/{person}/change/"
    assert staff.post(place, person_form(full_name="Alpha Manager")).status_code == 302
    assert manager.get(alpha.home).status_code == 302


def test_staff_cannot_make_staff_or_lock_themselves_out(staff: Client, alpha: Cast) -> None:
    person = alpha.members[Role.PILOT].user_id
    form = person_form(full_name="A", is_active="on", is_staff="on", is_superuser="on")
    staff.post(f"/admin/accounts/user/{person}/change/", form)
    assert not User.objects.get(pk=person).is_staff
    own = User.objects.get(email="staff@example.org")
    staff.post(f"/admin/accounts/user/{own.pk}/change/", person_form(full_name="Me"))
    assert User.objects.get(pk=own.pk).is_active


def test_policy_is_relaxed_by_what_the_admin_needs(staff: Client) -> None:
    policy = staff.get("/admin/").headers["Content-Security-Policy"] + ";"
    assert "script-src 'self' 'unsafe-eval';" in policy
    assert "style-src 'self' 'unsafe-inline';" in policy


def test_organization_s_form_names_units_and_consequences(staff: Client, alpha: Cast) -> None:
    page = staff.get(f"/admin/tenants/organization/{alpha.organization.pk}/change/")
    text = page.content.decode()
    for words in (
        "Storage for log files (bytes)",
        "Uploads beyond it are refused",
        "API calls a minute",
        "Telemetry kept for (days)",
    ):
        assert words in text
    assert "Storage quota bytes" not in text


def test_dates_are_written_as_on_the_pages(staff: Client, alpha: Cast) -> None:
    opened = organization(alpha).created_at
    text = staff.get("/admin/tenants/organization/").content.decode()
    assert f"{opened:%-d %b %Y, %H:%M} UTC" in text


def test_first_page_leads_to_the_places_in_the_products_words(staff: Client) -> None:
    text = staff.get("/admin/").content.decode()
    places = text.partition('aria-label="Places"')[2].partition("</nav>")[0]
    links = re.findall(r'href="([^"]+)"', places)
    assert len(links) == 6
    assert all(staff.get(link).status_code == 200 for link in links)
    assert "Axes" not in text


def test_whole_list_does_not_offer_to_show_all(staff: Client) -> None:
    """That took the place of the page's name on a phone."""
    text = staff.get("/admin/maintenance/retentiondefault/").content.decode()
    assert "Show all" not in text
    assert text.count("for ever") >= 6
