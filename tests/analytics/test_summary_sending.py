"""Summaries by mail: to whom they go, and that each goes once."""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.db import connections, transaction

from accounts.choices import Role
from accounts.models import Membership, User
from analytics.models import SummarySubscription
from analytics.refreshing import refresh_figures
from analytics.reports import sending
from analytics.reports.sending import MOST_REFUSALS, MailAway, send_due
from analytics.reports.tasks import send_summaries
from aviation.tenants.context import tenant_context
from tests.analytics.build import fly, keep_days_in, refresh
from tests.analytics.mailing import FRIDAY, LATE_MONDAY, MONDAY, ask, recipients
from tests.conftest import Cast


@pytest.fixture
def zurich(in_alpha: Cast) -> Iterator[Cast]:
    keep_days_in(in_alpha.organization, "Europe/Zurich")
    yield in_alpha
    in_alpha.organization.time_zone = "UTC"


@pytest.mark.parametrize(
    "lapse",
    [
        {"ended_at": FRIDAY},
        {"role": Role.PILOT},
    ],
)
def test_nothing_goes_to_who_may_not_see_the_figures_any_more(
    zurich: Cast, mailoutbox: list[Any], lapse: dict[str, Any]
) -> None:
    refresh()
    ask(zurich)
    Membership.objects.filter(pk=zurich.members[Role.READONLY].pk).update(**lapse)
    assert send_due(zurich.organization, at=MONDAY) == 0
    assert mailoutbox == []


def test_nothing_goes_to_a_closed_account(zurich: Cast, mailoutbox: list[Any]) -> None:
    refresh()
    ask(zurich)
    User.objects.filter(email="readonly@alpha.example.org").update(is_active=False)
    assert send_due(zurich.organization, at=MONDAY) == 0


def test_nothing_goes_to_who_stopped_it(zurich: Cast, mailoutbox: list[Any]) -> None:
    refresh()
    ask(zurich)
    SummarySubscription.objects.update(is_active=False)
    assert send_due(zurich.organization, at=MONDAY) == 0


def test_right_lost_while_others_get_their_mail_counts(
    zurich: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the list of recipients and one's own turn."""
    refresh()
    ask(zurich)
    ask(zurich, Role.ANALYST)
    sent: list[str] = []

    def note(letter: Any, *, to: str, name: str) -> None:
        sent.append(to)
        Membership.objects.filter(role=Role.READONLY).update(role=Role.PILOT)

    monkeypatch.setattr(sending, "send_letter", note)
    send_due(zurich.organization, at=MONDAY)
    assert sent == ["analyst@alpha.example.org"]


class Refusing(EmailBackend):
    error: Exception = smtplib.SMTPRecipientsRefused({})
    refused = ""

    def send_messages(self, messages: Any) -> int:
        if any(self.refused in message.to[0] for message in messages):
            raise self.error
        return int(super().send_messages(messages))


@pytest.fixture
def refusing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> type[Refusing]:
    settings.EMAIL_BACKEND = "tests.analytics.test_summary_sending.Refusing"
    monkeypatch.setattr(Refusing, "refused", "")
    return Refusing


def test_refused_mail_holds_up_no_other_and_is_tried_again(
    zurich: Cast, refusing: type[Refusing], monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any]
) -> None:
    refresh()
    refused, _ = ask(zurich), ask(zurich, Role.ANALYST)
    monkeypatch.setattr(refusing, "refused", "readonly@")
    assert send_due(zurich.organization, at=MONDAY) == 1
    assert recipients() == ["analyst@alpha.example.org"]
    monkeypatch.setattr(refusing, "refused", "nobody@")
    assert send_due(zurich.organization, at=MONDAY + timedelta(minutes=15)) == 1
    assert recipients() == ["analyst@alpha.example.org", "readonly@alpha.example.org"]
    refused.refresh_from_db()
    assert refused.refusals == 0


def test_mail_refused_too_often_is_left_over_until_the_next_one(
    zurich: Cast, refusing: type[Refusing], monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any]
) -> None:
    refresh()
    subscription = ask(zurich)
    tries: list[int] = []
    monkeypatch.setattr(refusing, "refused", "@")
    real = sending.send_letter

    def counted(*args: Any, **kwargs: Any) -> None:
        tries.append(1)
        real(*args, **kwargs)

    monkeypatch.setattr(sending, "send_letter", counted)
    for number in range(MOST_REFUSALS + 3):
        send_due(zurich.organization, at=MONDAY + timedelta(minutes=15 * number))
    subscription.refresh_from_db()
    assert len(tries) == MOST_REFUSALS
    assert subscription.is_left_over
    for number in range(2):  # a week later it has its tries again
        send_due(zurich.organization, at=MONDAY + timedelta(days=7, minutes=number))
    subscription.refresh_from_db()
    assert (subscription.refusals, subscription.claimed_for) == (2, None)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        smtplib.SMTPServerDisconnected(),
        smtplib.SMTPConnectError(421, b"busy"),
        smtplib.SMTPAuthenticationError(535, b"no"),
    ],
)
def test_mail_server_that_is_away_costs_no_try(
    zurich: Cast,
    refusing: type[Refusing],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    mailoutbox: list[Any],
) -> None:
    refresh()
    subscription = ask(zurich)
    ask(zurich, Role.ANALYST)
    monkeypatch.setattr(refusing, "refused", "@")
    monkeypatch.setattr(refusing, "error", error)
    with pytest.raises(MailAway):
        send_due(zurich.organization, at=MONDAY)
    subscription.refresh_from_db()
    assert (subscription.refusals, subscription.claimed_for) == (0, None)
    monkeypatch.setattr(refusing, "refused", "nobody@")
    assert send_due(zurich.organization, at=MONDAY + timedelta(hours=1)) == 2


# -- with transactions that are really committed


def commit_request(cast: Cast, role: str) -> None:
    with transaction.atomic():
        ask(cast, role)


@pytest.fixture
def asked(fleet: Cast) -> Cast:
    """Every role that sees the figures wants them weekly; the figures are fresh."""
    for role in (Role.ADMIN, Role.MANAGER, Role.ANALYST, Role.USER, Role.READONLY):
        commit_request(fleet, role)
    refresh_figures(at=FRIDAY)
    return fleet


def test_two_workers_at_once_send_each_summary_once(
    asked: Cast, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the same list of recipients before either claims the first."""
    ready = threading.Barrier(2)
    real = sending._written

    def together(*args: Any) -> Any:
        ready.wait(timeout=30)
        return real(*args)

    monkeypatch.setattr(sending, "_written", together)

    def work() -> int:
        try:
            with tenant_context(asked.organization):
                return send_due(asked.organization, at=LATE_MONDAY)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(copy_context().run, work) for _ in range(2)]
        assert sum(each.result(timeout=60) for each in sent) == 5
    assert len(recipients()) == len(set(recipients())) == 5


def test_task_delivered_again_sends_nothing_more(asked: Cast, mailoutbox: list[Any]) -> None:
    assert send_due(asked.organization, at=LATE_MONDAY) == 5
    assert send_due(asked.organization, at=LATE_MONDAY) == 0
    assert len(mailoutbox) == 5


def test_worker_that_dies_while_sending_leaves_one_over_and_no_mail_twice(
    asked: Cast, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies between the mail server's yes and the note of it: the worst moment."""
    real = sending._note_sent

    def die(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "_note_sent", die)
    with pytest.raises(KeyboardInterrupt):
        send_due(asked.organization, at=LATE_MONDAY)
    monkeypatch.setattr(sending, "_note_sent", real)
    assert send_due(asked.organization, at=LATE_MONDAY) == 4
    assert len(recipients()) == len(set(recipients())) == 5
    with transaction.atomic():
        left_over = [each for each in SummarySubscription.objects.all() if each.is_left_over]
    assert len(left_over) == 1


def test_unreadable_figures_claim_nothing(
    asked: Cast, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "letter_of", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send_due(asked.organization, at=LATE_MONDAY)
    monkeypatch.undo()
    assert send_due(asked.organization, at=LATE_MONDAY) == 5


def test_task_refreshes_the_figures_and_mails_all_organizations(
    asked: Cast, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.utils import timezone

    with transaction.atomic():
        fly(asked, datetime(2026, 4, 22, 9, tzinfo=UTC))
    monkeypatch.setattr(timezone, "now", lambda: LATE_MONDAY)
    with tenant_context(asked.organization):
        send_summaries()
    mine = [each for each in mailoutbox if asked.organization.slug in each.to[0]]
    assert len(mine) == 5
    assert "Flights 1 0" in " ".join(mine[0].body.split())


def test_without_a_mail_server_nothing_is_taken_for_sent(
    asked: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.utils import timezone

    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    monkeypatch.setattr(timezone, "now", lambda: LATE_MONDAY)
    send_summaries()
    with transaction.atomic():
        assert not SummarySubscription.objects.exclude(claimed_for=None).exists()


def test_organization_that_fails_holds_up_no_other(
    asked: Cast,
    mailoutbox: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from analytics.reports import tasks

    real, seen = tasks.send_due, []

    def fail_first(organization: Any, *, at: datetime) -> int:
        seen.append(organization)
        if len(seen) == 1:
            raise RuntimeError("broken figures")
        return real(organization, at=at)

    monkeypatch.setattr(tasks, "send_due", fail_first)
    monkeypatch.setattr(tasks, "is_anything_due", lambda *_, **__: True)
    monkeypatch.setattr(tasks, "active_organizations", lambda: [asked.organization] * 2)
    send_summaries()
    assert len(seen) == 2
    (told,) = [each for each in caplog.messages if "summaries not sent" in each]
    assert "broken figures" in told
    assert asked.organization.slug in told
