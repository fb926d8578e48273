"""Mail about signing in: sent when something is new, and never in the way."""

from __future__ import annotations

from typing import Any

import pytest
from celery import current_app
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from kombu.exceptions import OperationalError

from accounts.choices import Role
from accounts.models import User
from accounts.signing_in.describing import device_in_words
from tests.accounts.mailing import Capture, delivering
from tests.conftest import PASSWORD, Cast

HOME, CAFE = "198.51.100.7", "203.0.113.9"
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)


class Person:
    """Somebody at a browser, whose mail goes out at once."""

    def __init__(self, user: User, capture: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
        self.user, self.capture, self.monkeypatch = user, capture, monkeypatch

    def signs_in(self, browser: Client, address: str) -> Any:
        with delivering(self.capture, self.monkeypatch):
            answer = browser.post(
                "/sign-in/",
                {"username": self.user.email, "password": PASSWORD},
                REMOTE_ADDR=address,
            )
        browser.post("/sign-out/")
        return answer


@pytest.fixture
def person(
    alpha: Cast, django_capture_on_commit_callbacks: Capture, monkeypatch: pytest.MonkeyPatch
) -> Person:
    user = User.objects.get(pk=alpha.members[Role.PILOT].user_id)
    return Person(user, django_capture_on_commit_callbacks, monkeypatch)


def browser() -> Client:
    return Client(headers={"User-Agent": FIREFOX})


def test_first_sign_in_is_no_news(person: Person, mailoutbox: list[EmailMessage]) -> None:
    person.signs_in(browser(), HOME)
    assert mailoutbox == []


def test_known_browser_in_a_known_network_is_no_news(
    person: Person, mailoutbox: list[EmailMessage]
) -> None:
    mine = browser()
    for _ in range(3):
        person.signs_in(mine, HOME)
    assert mailoutbox == []


def test_new_browser_is_told_with_where_and_what(
    person: Person, mailoutbox: list[EmailMessage]
) -> None:
    person.signs_in(browser(), HOME)
    person.signs_in(browser(), HOME)
    (notice,) = mailoutbox
    assert notice.to == [person.user.email]
    assert notice.subject == "New sign-in to your DBX Aviation account"
    assert "Firefox on Android" in str(notice.body)
    assert HOME in str(notice.body)


def test_known_browser_in_a_new_network_is_told_once(
    person: Person, mailoutbox: list[EmailMessage]
) -> None:
    mine = browser()
    for address in (HOME, CAFE, CAFE, HOME):
        person.signs_in(mine, address)
    (notice,) = mailoutbox
    assert CAFE in str(notice.body)


def test_another_address_of_the_same_ipv6_line_is_no_news(
    person: Person, mailoutbox: list[EmailMessage]
) -> None:
    mine = browser()
    person.signs_in(mine, "2001:db8:0:1::a")
    person.signs_in(mine, "2001:db8:0:1:ffff::b")
    assert mailoutbox == []


def test_sign_in_works_while_the_queue_is_away_and_mails_again_after(
    person: Person,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Capture,
    caplog: pytest.LogCaptureFixture,
) -> None:
    person.signs_in(browser(), HOME)

    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("redis://secret@queue is away")

    with pytest.MonkeyPatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(current_app, "send_task", away)
        answer = browser().post(
            "/sign-in/", {"username": person.user.email, "password": PASSWORD}, REMOTE_ADDR=HOME
        )
    assert answer.status_code == 302
    assert mailoutbox == []
    warnings = [each for each in caplog.messages if "queue away" in each]
    assert len(warnings) == 1
    assert person.user.email not in warnings[0]
    assert "secret" not in warnings[0]
    person.signs_in(browser(), HOME)
    assert len(mailoutbox) == 1


def test_mail_server_that_refuses_is_tried_again_later(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accounts.tasks import send_mail

    tried: list[int] = []

    def refuse(*_: Any, **__: Any) -> int:
        tried.append(1)
        raise ConnectionRefusedError

    monkeypatch.setattr(mail.EmailMessage, "send", refuse)
    context = {"name": "Ann", "at": "today"}
    send_mail.apply(
        kwargs={"to": "a@example.org", "template": "password_changed", "context": context}
    )
    assert len(tried) == 6


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Android"),
        (SAFARI, "Safari on iOS"),
        (CHROME, "Chrome on Windows"),
        ("curl/8.1.2", "curl"),
        ("", ""),
        ("x" * 100_000, ""),
    ],
)
def test_browser_is_named_in_plain_words(user_agent: str, words: str) -> None:
    assert device_in_words(user_agent) == words
