"""All organizations' figures in the platform's admin: who sees them, and that it is on record."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership
from analytics.platform.documents import document_of
from analytics.reading.executive import executive_summary
from analytics.reports.columns import FLIGHTS, TABLE
from aviation.audit.models import AuditEvent
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization, OrganizationFigures
from tests.analytics.build import fly, make_aircraft
from tests.analytics.pdf_reading import text_of
from tests.analytics.reading.build import refresh
from tests.conftest import Cast
from tests.queries import queries

PAGE = "/admin/tenants/organizationfigures/"
AT = datetime(2026, 4, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _these_two_only(alpha: Cast, bravo: Cast) -> None:
    """What other tests left behind is out of the way until this one is undone."""
    with platform_context():
        others = Organization.objects.exclude(slug__in=("alpha", "bravo"))
        others.update(status="suspended", closes_at=None)
        OrganizationFigures.objects.all().delete()


@pytest.fixture
def gathered(alpha: Cast, bravo: Cast, monkeypatch: pytest.MonkeyPatch) -> tuple[Cast, Cast]:
    """Alpha flew three times with two aircraft, Bravo once."""
    monkeypatch.setattr(timezone, "now", lambda: AT)
    for cast, flights in ((alpha, 3), (bravo, 1)):
        with tenant_context(cast.organization):
            other = make_aircraft(f"{cast.organization.slug}-2")
            for number in range(flights):
                fly(
                    cast,
                    datetime(2026, 2 + number, 3, 9, tzinfo=UTC),
                    aircraft=other if number == 1 else cast.aircraft,
                    risk=0.2 + number / 10,
                    findings=(("motor", "critical"),),
                )
            refresh()
            lay_down(cast)
    return alpha, bravo


def lay_down(cast: Cast) -> None:
    summary = executive_summary(AT, cast.organization.zone)
    OrganizationFigures.objects.create(
        organization=cast.organization, document=document_of(summary), figures_at=AT, made_at=AT
    )


def seen() -> list[AuditEvent]:
    with platform_context():
        return list(AuditEvent.objects.filter(action="analytics.platform_viewed").order_by("id"))


def rows(page: Any) -> dict[str, list[str]]:
    return {row.name: [cell.text for cell in row.cells] for row in page.context["organizations"]}


def test_staff_see_each_organization_and_all_together(
    staff: Client, gathered: tuple[Cast, Cast]
) -> None:
    page = staff.get(PAGE)
    told = rows(page)
    place = TABLE.index(FLIGHTS)
    assert {name: cells[place] for name, cells in told.items()} == {
        "Alpha": "3",
        "Bravo": "1",
        "All": "4",
    }
    # Active aircraft: two of Alpha's and one of Bravo's. Risk: (0.2 + 0.3 + 0.4 + 0.2) / 4.
    assert told["All"][1:6] == ["3", "0.7", "4.8", "4", "0.28"]
    assert [row.name for row in page.context["rows"]][-1] == "Total"
    assert page.content.count(b'class="chart-plot"') == 4


def test_every_look_is_on_record_with_what_was_seen(
    staff: Client, gathered: tuple[Cast, Cast]
) -> None:
    for query in ("", "?format=csv", "?format=pdf", "?format=exe"):
        assert staff.get(f"{PAGE}{query}").status_code == 200
    events = seen()
    assert [event.after["as"] for event in events] == ["page", "csv", "pdf", "page"]
    assert events[0].after == {
        "as": "page",
        "from": "2025-05-01",
        "to": "2026-04-30",
        "organizations": "2",
        "which": "alpha, bravo",
    }
    assert {event.org_id for event in events} == {None}
    with platform_context():
        assert {event.actor_id for event in events} == {staff_id(staff)}


def staff_id(staff: Client) -> Any:
    from accounts.models import User

    return User.objects.get(pk=staff.session["_auth_user_id"]).pk


def test_who_sees_nothing_leaves_no_record_of_having_seen(
    gathered: tuple[Cast, Cast], sign_in: Callable[[Membership], Client]
) -> None:
    for role in Role.values:
        assert sign_in(gathered[0].members[role]).get(PAGE).status_code == 403
    assert Client().get(PAGE).headers["Location"].startswith("/sign-in/")
    assert seen() == []


def test_csv_has_every_organization_by_month_and_all_together(
    staff: Client, gathered: tuple[Cast, Cast]
) -> None:
    response = staff.get(f"{PAGE}?format=csv")
    told = list(csv.DictReader(StringIO(response.content.decode())))
    assert len(told) == 3 * 13
    totals = {row["organization"]: row["flights"] for row in told if row["month"] == "total"}
    assert totals == {"Alpha": "3", "Bravo": "1", "All organizations": "4"}
    assert "all-organizations_summary_2025-05-01" in response.headers["Content-Disposition"]


def test_pdf_is_about_all_together(staff: Client, gathered: tuple[Cast, Cast]) -> None:
    response = staff.get(f"{PAGE}?format=pdf")
    assert response.headers["Content-Type"] == "application/pdf"
    text = text_of(response.content)
    assert "All organizations" in text
    assert "Bravo" not in text


def test_page_shows_sums_and_nobodys_data(staff: Client, gathered: tuple[Cast, Cast]) -> None:
    text = staff.get(PAGE).content.decode()
    assert "ALPHA-1" not in text
    assert "alpha-2" not in text
    assert "/flights/?" not in text
    assert f"/o/{gathered[0].organization.slug}/" not in text


def test_who_was_not_gathered_yet_is_named(
    staff: Client, alpha: Cast, bravo: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = staff.get(PAGE)
    assert page.context["missing"] == ["Alpha", "Bravo"]
    assert b"have been gathered yet" in page.content


def test_there_is_nothing_to_open_add_or_change(staff: Client, gathered: tuple[Cast, Cast]) -> None:
    key = gathered[0].organization.pk
    assert staff.get(f"{PAGE}add/").status_code == 403
    for act in ("change", "delete", "history"):
        assert staff.get(f"{PAGE}{key}/{act}/").status_code in {403, 404}
    assert b"analytics.css" in staff.get(PAGE).content


def test_more_organizations_cost_no_more_queries(
    staff: Client, gathered: tuple[Cast, Cast]
) -> None:
    both = queries(staff, PAGE)
    with platform_context():
        OrganizationFigures.objects.filter(pk=gathered[1].organization.pk).delete()
    assert len(queries(staff, PAGE)) == len(both)
