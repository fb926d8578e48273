"""The executive summary's page and files: one set of numbers, and getting it by mail."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership, PlatformVisit, User
from analytics.models import SummarySubscription, ViewRefresh
from analytics.reports.columns import TABLE, shown
from aviation.tenants.context import tenant_context
from tests.analytics.build import fly, keep_days_in, make_aircraft
from tests.analytics.pdf_reading import pages_of
from tests.analytics.reading.build import refresh
from tests.conftest import Cast

SignIn = Callable[[Membership], Client]
AT = datetime(2026, 4, 24, 12, tzinfo=UTC)
PAGE = "analytics/summary/"


@pytest.fixture
def flown(alpha: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Days in Zürich; two months assessed, one not, the rest without flights."""
    monkeypatch.setattr(timezone, "now", lambda: AT)
    with tenant_context(alpha.organization):
        keep_days_in(alpha.organization, "Europe/Zurich")
        wing = make_aircraft("ALPHA-W", "fixed_wing")
        for number in range(14):
            fly(
                alpha,
                datetime(2026, 1 + number % 2, 2 + number, 9, tzinfo=UTC),
                aircraft=wing if number % 3 else alpha.aircraft,
                risk=0.1 + number / 17,
                level="high" if number > 9 else "low",
                findings=(("motor", "critical"), ("gps", "warning")) if number % 4 == 1 else (),
                airborne_s=None if number == 6 else 601.7 * number,
                distance_m=123.456 * number,
            )
        fly(alpha, datetime(2026, 3, 31, 21, 59, tzinfo=UTC), analysed=False)
        refresh()
        ViewRefresh.objects.update(refreshed_at=AT - timedelta(minutes=7))
    alpha.organization.time_zone = "UTC"
    return alpha


def of_api(client: Client) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/analytics/summary/").json()
    return [*answer["months"], answer["total"]]


def of_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode())))


IN_API = {
    "hours_h": "hours",
    "average_risk_0_to_1": "average_risk",
    "high_risk_share_0_to_1": "high_risk_share",
}
"""What the CSV's headings, which carry their units, are called in the API."""


def test_page_csv_pdf_and_api_say_the_same_numbers(flown: Cast, viewer: Client) -> None:
    told = of_api(viewer)
    page = viewer.get(f"{flown.home}{PAGE}")
    table = viewer.get(f"{flown.home}analytics/summary.csv")
    report = viewer.get(f"{flown.home}analytics/summary.pdf")
    rows = of_csv(table.content)
    assert len(told) == len(rows) == len(page.context["rows"]) == 13
    texts = [text for each in pages_of(report.content) for text in each]
    at = texts.index("May 2025")
    for exact, row, seen in zip(told, rows, page.context["rows"], strict=True):
        for column in TABLE:
            number = exact[IN_API.get(column.name, column.name)]
            assert row[column.name] == ("" if number is None else str(number))
        expected = [
            "–"
            if row[column.name] == ""
            else shown(Decimal(row[column.name]) * column.times, column.places)
            for column in TABLE
        ]
        assert [value.text for value in seen.cells] == expected
        assert texts[at : at + 11] == [seen.name, *expected]
        at += 11
    assert told[-1]["flights"] == 15
    assert told[10]["anomalies"] is None, "March was flown and not analysed"


def test_page_shows_what_its_table_holds(flown: Cast, viewer: Client) -> None:
    content = viewer.get(f"{flown.home}{PAGE}").content.decode()
    for text in (
        "1 May 2025 to 30 April 2026, days of Europe/Zurich",
        "1 flight has no time in the air on record",
        "April 2026 is not over yet.",
        "24 Apr 2026, 11:53 UTC",
    ):
        assert text in content
    assert content.count('<svg class="chart-plot"') == 4


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [("csv", "text/csv; charset=utf-8"), ("pdf", "application/pdf")],
)
def test_file_comes_as_a_download(
    flown: Cast, viewer: Client, kind: str, content_type: str
) -> None:
    response = viewer.get(f"{flown.home}analytics/summary.{kind}")
    name = f"alpha_summary_2025-05-01_2026-04-30.{kind}"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Cache-Control"] == "private, no-store"
    again = viewer.get(f"{flown.home}{PAGE}?format={kind}")
    assert again.content == response.content


@pytest.mark.parametrize(
    ("until", "first", "last", "earlier", "later"),
    [
        ("", "May 2025", "April 2026", "2025-04", ""),
        ("2026-04", "May 2025", "April 2026", "2025-04", ""),
        ("2025-12", "January 2025", "December 2025", "2024-12", "2026-12"),
        ("2030-01", "May 2025", "April 2026", "2025-04", ""),
        ("1990-01", "February 1989", "January 1990", "", "1991-01"),
        ("1989-12", "May 2025", "April 2026", "2025-04", ""),
        ("2026-13", "May 2025", "April 2026", "2025-04", ""),
        ("x'><script>", "May 2025", "April 2026", "2025-04", ""),
    ],
)
def test_other_months_can_be_asked_for(
    flown: Cast, viewer: Client, until: str, first: str, last: str, earlier: str, later: str
) -> None:
    context = viewer.get(f"{flown.home}{PAGE}", {"until": until}).context
    names = [row.name for row in context["rows"]]
    assert (names[0], names[11], names[12]) == (first, last, "Total")
    assert (context["earlier"], context["later"]) == (earlier, later)
    rows = of_csv(viewer.get(f"{flown.home}analytics/summary.csv", {"until": until}).content)
    assert len(rows) == 13
    assert datetime.strptime(rows[0]["month"], "%Y-%m").strftime("%B %Y") == first  # noqa: DTZ007


def test_unknown_format_is_the_page(flown: Cast, viewer: Client) -> None:
    response = viewer.get(f"{flown.home}{PAGE}?format=exe")
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["analytics/summary.csv", "analytics/summary.pdf"])
def test_pilot_gets_no_file_either(flown: Cast, sign_in: SignIn, path: str) -> None:
    assert sign_in(flown.members[Role.PILOT]).get(f"{flown.home}{path}").status_code == 403


def test_fleet_without_flights_has_its_files_too(alpha: Cast, viewer: Client) -> None:
    assert viewer.get(f"{alpha.home}analytics/summary.pdf").status_code == 200
    total = of_csv(viewer.get(f"{alpha.home}analytics/summary.csv").content)[-1]
    assert (total["flights"], total["average_risk_0_to_1"]) == ("0", "")


def mails(cast: Cast) -> list[tuple[str, bool]]:
    with tenant_context(cast.organization):
        rows = SummarySubscription.objects.order_by("rhythm")
        return [(row.rhythm, row.is_active) for row in rows]


def test_member_asks_for_the_mail_and_stops_it(flown: Cast, viewer: Client) -> None:
    path = f"{flown.home}{PAGE}mail/"
    page = viewer.post(path, {"rhythm": "weekly"}, follow=True)
    assert b"The summary will come to readonly@alpha.example.org." in page.content
    assert b"The next one comes on 27 Apr 2026, 07:00 (Europe/Zurich)." in page.content
    assert mails(flown) == [("weekly", True)]
    viewer.post(path, {"rhythm": "monthly"})
    page = viewer.post(path, {"rhythm": "weekly", "stop": "1"}, follow=True)
    assert b"You will get this mail no longer." in page.content
    assert mails(flown) == [("monthly", True), ("weekly", False)]


def test_page_says_so_where_no_mail_is_sent(flown: Cast, viewer: Client, settings: Any) -> None:
    words = b"has no mail server yet"
    assert words not in viewer.get(f"{flown.home}{PAGE}").content
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert words in viewer.get(f"{flown.home}{PAGE}").content


def test_rhythm_that_is_none_is_refused(flown: Cast, viewer: Client) -> None:
    page = viewer.post(f"{flown.home}{PAGE}mail/", {"rhythm": "hourly"}, follow=True)
    assert b"Choose weekly or monthly." in page.content
    assert mails(flown) == []


def test_pilot_cannot_ask_for_the_mail(flown: Cast, sign_in: SignIn) -> None:
    pilot = sign_in(flown.members[Role.PILOT])
    assert pilot.post(f"{flown.home}{PAGE}mail/", {"rhythm": "weekly"}).status_code == 403
    assert mails(flown) == []


def test_looking_changes_nothing(flown: Cast, viewer: Client) -> None:
    assert viewer.get(f"{flown.home}{PAGE}mail/", {"rhythm": "weekly"}).status_code == 405
    assert mails(flown) == []


def test_visitor_of_the_platform_is_offered_no_mail(alpha: Cast, db: None) -> None:
    staff = User.objects.create_superuser("staff@example.org", "a long enough password")
    with tenant_context(alpha.organization):
        PlatformVisit.objects.create(
            organization=alpha.organization,
            user=staff,
            reason="To see a report",
            role=Role.READONLY,
            ends_at=timezone.now() + timedelta(hours=1),
        )
    client = Client()
    client.force_login(staff)
    page = client.get(f"{alpha.home}{PAGE}")
    assert page.status_code == 200
    assert b"Send it to me" not in page.content
    client.post(f"{alpha.home}{PAGE}mail/", {"rhythm": "weekly"})
    assert mails(alpha) == []
