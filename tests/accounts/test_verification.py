"""A mailed link that confirms an address, for three days and for that address alone."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import User
from accounts.signing_in.verification import LIFETIME_S, send_verification
from tests.accounts.mailing import Capture, delivering


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("ann@example.org", None, full_name="Ann Lee")


@pytest.fixture
def link(
    person: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The path in the mail that the person got."""
    with delivering(django_capture_on_commit_callbacks, monkeypatch):
        send_verification(person)
    assert mailoutbox[0].to == ["ann@example.org"]
    found = re.search(r"https?://\S+/verify-email/\S+", str(mailoutbox[0].body))
    assert found is not None
    return urlsplit(found[0]).path


def verified_at(person: User) -> Any:
    return User.objects.get(pk=person.pk).email_verified_at


def test_link_and_button_confirm_the_address(person: User, link: str) -> None:
    page = Client().get(link)
    assert b"ann@example.org" in page.content
    assert verified_at(person) is None, "a program that follows links confirms nothing"
    assert b"Your address is confirmed" in Client().post(link).content
    assert verified_at(person) is not None


def test_first_time_counts(person: User, link: str) -> None:
    Client().post(link)
    first = verified_at(person)
    Client().post(link)
    assert verified_at(person) == first


def test_link_signs_nobody_in(person: User, link: str) -> None:
    browser = Client()
    browser.post(link)
    assert "_auth_user_id" not in browser.session


def test_old_link_is_void(person: User, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + LIFETIME_S + 1)
    assert Client().post(link).status_code == 410
    assert verified_at(person) is None


def test_altered_link_is_void(person: User, link: str) -> None:
    altered = link[:15] + ("A" if link[15] != "A" else "B") + link[16:]
    assert Client().post(altered).status_code == 410
    assert verified_at(person) is None


def test_link_to_a_former_address_is_void(person: User, link: str) -> None:
    User.objects.filter(pk=person.pk).update(email="lee@example.org")
    assert Client().post(link).status_code == 410
    assert verified_at(person) is None
