"""A forgotten password, or a first one: a link by mail that works once."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.choices import Role
from accounts.models import User
from tests.conftest import PASSWORD, Cast

NEW = "seven grey herons wading"


def ask(email: str) -> str:
    """Ask for a link and give back the page that answers."""
    page = Client().post("/password-reset/", {"email": email}, follow=True)
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page.content.decode())


def link_in(mail: EmailMessage) -> str:
    match = re.search(r"https?://\S+", str(mail.body))
    assert match is not None
    return urlsplit(match[0]).path


def choose(client: Client, link: str, password: str) -> None:
    form = client.get(link, follow=True)
    values = {"new_password1": password, "new_password2": password}
    client.post(form.redirect_chain[-1][0], values)


def test_link_in_the_mail_sets_a_new_password(alpha: Cast, mailoutbox: list[EmailMessage]) -> None:
    user = alpha.members[Role.PILOT].user
    ask(user.email)
    (mail,) = mailoutbox
    assert mail.to == [user.email]
    choose(Client(), link_in(mail), NEW)
    assert Client().login(username=user.email, password=NEW)
    assert not Client().login(username=user.email, password=PASSWORD)


def test_link_works_once(alpha: Cast, mailoutbox: list[EmailMessage]) -> None:
    ask(alpha.members[Role.PILOT].user.email)
    link = link_in(mailoutbox[0])
    choose(Client(), link, NEW)
    assert b"This link no longer works" in Client().get(link, follow=True).content


def test_weak_password_is_refused(alpha: Cast, mailoutbox: list[EmailMessage]) -> None:
    user = alpha.members[Role.PILOT].user
    ask(user.email)
    choose(Client(), link_in(mailoutbox[0]), "password")
    assert Client().login(username=user.email, password=PASSWORD)


def test_person_added_without_a_password_gets_the_first_by_mail(
    db: None, mailoutbox: list[EmailMessage]
) -> None:
    User.objects.create_user("new@example.org", None)
    ask("New@Example.org")
    choose(Client(), link_in(mailoutbox[0]), NEW)
    assert Client().login(username="new@example.org", password=NEW)


@pytest.mark.parametrize("is_active", [True, False])
def test_answer_does_not_tell_whether_the_address_is_known(
    db: None, mailoutbox: list[EmailMessage], is_active: bool
) -> None:
    User.objects.create_user("there@example.org", PASSWORD, is_active=is_active)
    assert ask("there@example.org") == ask("nobody@example.org")
    assert len(mailoutbox) == is_active
