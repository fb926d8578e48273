"""Summaries by mail: what stands in them, and when they go out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.choices import Role
from analytics.reports.sending import is_anything_due, send_due
from analytics.reports.subscribing import subscribe
from tests.analytics.build import fly, keep_days_in, make_aircraft, refresh
from tests.analytics.mailing import MONDAY, ask
from tests.analytics.pdf_reading import text_of
from tests.conftest import Cast


@pytest.fixture
def zurich(in_alpha: Cast) -> Iterator[Cast]:
    keep_days_in(in_alpha.organization, "Europe/Zurich")
    yield in_alpha
    in_alpha.organization.time_zone = "UTC"


def test_weekly_summary_tells_of_the_week_and_the_one_before(
    zurich: Cast, mailoutbox: list[Any]
) -> None:
    """
    week   flights  hours              km    risk
    13 Apr 1        600 s  = 0.1667    1.2   –
    20 Apr 3        4,200 s = 1.1667   7.4   (0.2 + 0.9) / 2 = 0.55, one of two high
    """
    second = make_aircraft("ALPHA-2")
    fly(zurich, datetime(2026, 4, 19, 21, 59, tzinfo=UTC))  # Sunday 23:59 in Zürich
    fly(zurich, datetime(2026, 4, 19, 22, 0, tzinfo=UTC), risk=0.2)  # Monday
    fly(
        zurich,
        datetime(2026, 4, 26, 21, 59, tzinfo=UTC),
        aircraft=second,
        risk=0.9,
        level="critical",
        findings=(("motor", "critical"), ("gps", "warning")),
        airborne_s=3_000.0,
        distance_m=5_000.0,
    )
    fly(zurich, datetime(2026, 4, 22, 9, 0, tzinfo=UTC), analysed=False)
    fly(zurich, datetime(2026, 4, 26, 22, 0, tzinfo=UTC))  # the next Monday
    refresh()
    ask(zurich)
    assert send_due(zurich.organization, at=MONDAY) == 1
    (message,) = mailoutbox
    assert message.to == ["readonly@alpha.example.org"]
    assert message.subject == "Alpha: week of 20 April 2026 to 26 April 2026"
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    lines = [" ".join(line.split()) for line in message.body.splitlines()]
    assert lines[0] == "Hello Alpha Readonly,"
    start = lines.index("the week before")
    assert lines[start + 1 : start + 10] == [
        "Flights 3 1",
        "Active aircraft 2 1",
        "Hours [h] 1.2 0.2",
        "Distance [km] 7.4 1.2",
        "Flights with a risk 2 0",
        "Average risk [0–1] 0.55 –",
        "High-risk flights 1 –",
        "Anomalies 2 0",
        "Critical anomalies 1 0",
    ]
    assert "http://127.0.0.1:8000/o/alpha/analytics/summary/" in message.body
    assert "You get this mail every Monday." in message.body


def test_pdf_with_twelve_months_is_attached(zurich: Cast, mailoutbox: list[Any]) -> None:
    fly(zurich, datetime(2026, 4, 22, 9, 0, tzinfo=UTC))
    refresh()
    ask(zurich)
    send_due(zurich.organization, at=MONDAY)
    ((name, content, kind),) = mailoutbox[0].attachments
    assert (name, kind) == ("alpha_summary_2025-05-01_2026-04-30.pdf", "application/pdf")
    assert "1 May 2025 to 30 April 2026, days in Europe/Zurich" in text_of(content)


def test_monthly_summary_tells_of_the_month_before(zurich: Cast, mailoutbox: list[Any]) -> None:
    """The PDF ends with the month told of, not with the one that has just begun."""
    fly(zurich, datetime(2026, 3, 31, 22, 0, tzinfo=UTC))  # 1 April in Zürich
    fly(zurich, datetime(2026, 3, 31, 21, 59, tzinfo=UTC))
    refresh()
    ask(zurich, rhythm="monthly")
    assert send_due(zurich.organization, at=datetime(2026, 5, 1, 4, 59, tzinfo=UTC)) == 0
    assert send_due(zurich.organization, at=datetime(2026, 5, 1, 5, 0, tzinfo=UTC)) == 1
    (message,) = mailoutbox
    assert message.subject == "Alpha: April 2026"
    assert "Flights 1 1" in " ".join(message.body.split())
    assert message.attachments[0][0] == "alpha_summary_2025-05-01_2026-04-30.pdf"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # The clock goes forward on 29 March 2026 and back on 25 October.
        ("2026-03-23 05:59:59", "2026-03-23 06:00:00"),
        ("2026-03-30 04:59:59", "2026-03-30 05:00:00"),
        ("2026-10-19 04:59:59", "2026-10-19 05:00:00"),
        ("2026-10-26 05:59:59", "2026-10-26 06:00:00"),
    ],
)
def test_mail_goes_out_at_seven_in_the_weeks_in_which_clocks_change(
    zurich: Cast, mailoutbox: list[Any], before: str, after: str
) -> None:
    refresh()
    member = zurich.members[Role.READONLY]
    early, late = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (before, after))
    subscribe(actor=member, member=member, rhythm="weekly", at=early - timedelta(days=2))
    assert not is_anything_due(zurich.organization, at=early)
    assert send_due(zurich.organization, at=early) == 0
    assert is_anything_due(zurich.organization, at=late)
    assert send_due(zurich.organization, at=late) == 1
    assert send_due(zurich.organization, at=late + timedelta(days=6)) == 0
    assert len(mailoutbox) == 1


def test_each_of_a_hundred_days_goes_out_once(zurich: Cast, mailoutbox: list[Any]) -> None:
    refresh()
    member = zurich.members[Role.READONLY]
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for rhythm in ("weekly", "monthly"):
        subscribe(actor=member, member=member, rhythm=rhythm, at=at)
    for hours in range(0, 100 * 24, 11):
        send_due(zurich.organization, at=at + timedelta(hours=hours))
    subjects = [message.subject for message in mailoutbox]
    # Mondays from 5 January to 6 April, and the first of February, March and April.
    assert len(subjects) == len(set(subjects)) == 14 + 3


def test_missed_monday_is_made_up_for(zurich: Cast, mailoutbox: list[Any]) -> None:
    refresh()
    ask(zurich)
    assert send_due(zurich.organization, at=MONDAY + timedelta(days=3)) == 1
    assert "20 April 2026" in mailoutbox[0].subject


def test_row_notes_what_was_sent(zurich: Cast, mailoutbox: list[Any]) -> None:
    refresh()
    subscription = ask(zurich)
    send_due(zurich.organization, at=MONDAY)
    subscription.refresh_from_db()
    assert subscription.last_sent_for == subscription.claimed_for == date(2026, 4, 20)
    assert (subscription.last_sent_at, subscription.is_left_over) == (MONDAY, False)
