"""A person's own page: name, e-mail address, password."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership, User
from accounts.profile import services, views
from accounts.profile.email_links import LIFETIME_S, token_of
from accounts.sessions.recent import PROVED_AT
from accounts.signing_in.attempts import Allowance
from aviation.audit.models import AuditEvent
from aviation.tenants.context import platform_context
from tests.conftest import PASSWORD, Cast

SignIn = Callable[[Membership], Client]
Mails = list[EmailMessage]
NEW = "seven grey herons wading"
NEW_EMAIL = "ada@new.example"


@pytest.fixture(autouse=True)
def _mail_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts.mail import send_mail_now
    from accounts.signing_in import reset, verification

    for module in (services, reset, verification):
        monkeypatch.setattr(module, "send_mail_later", send_mail_now)


@pytest.fixture
def person(alpha: Cast) -> User:
    return alpha.members[Role.PILOT].user


@pytest.fixture
def browser(person: User) -> Client:
    """Signed in, shortly after a proof."""
    client = Client()
    client.force_login(person)
    session = client.session
    session[PROVED_AT] = int(time.time())
    session.save()
    return client


def now(person: User) -> User:
    return User.objects.get(pk=person.pk)


def events(person: User) -> set[str]:
    with platform_context():
        found = AuditEvent.objects.filter(table_name="person", object_id=str(person.pk))
        return set(found.values_list("action", flat=True))


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("page", ["", "email/", "password/"])
def test_stranger_is_asked_to_sign_in(page: str, db: None) -> None:
    answer = Client().get(f"/account/{page}")
    assert answer.headers["Location"] == f"/sign-in/?next=/account/{page}"


@pytest.mark.parametrize("role", Role.values)
def test_everybody_has_a_profile(role: str, alpha: Cast, sign_in: SignIn) -> None:
    page = text(sign_in(alpha.members[role]).get("/account/"))
    assert f"{role}@alpha.example.org" in page
    assert "Not confirmed" in page


@pytest.mark.parametrize(
    ("role", "offered"), [("admin", True), ("manager", True), ("pilot", False), ("user", False)]
)
def test_menu_offers_what_the_role_opens(
    role: str, offered: bool, alpha: Cast, sign_in: SignIn
) -> None:
    client = sign_in(alpha.members[role])
    for page in (client.get("/account/"), client.get(f"{alpha.home}flights/")):
        assert (f'href="{alpha.home}members/"' in text(page)) is offered
        assert (f'href="{alpha.home}keys/"' in text(page)) is offered
        assert 'href="/account/devices/"' in text(page)


def test_name_is_changed(browser: Client, person: User) -> None:
    assert "Your name is saved" in text(
        browser.post("/account/", {"full_name": "Ada L."}, follow=True)
    )
    assert now(person).full_name == "Ada L."
    assert "update" in events(person)


def test_form_writes_the_name_alone(browser: Client, person: User) -> None:
    browser.post("/account/", {"full_name": "A", "is_staff": "on", "email": "boss@x.example"})
    assert (now(person).is_staff, now(person).email) == (False, person.email)


# -- the address


def ask(browser: Client, email: str = NEW_EMAIL) -> str:
    return text(browser.post("/account/email/", {"email": email}))


def link_in(mails: Mails, to: str) -> str:
    (mail,) = (each for each in mails if each.to == [to])
    match = re.search(r"https?://\S+", str(mail.body))
    assert match is not None
    return urlsplit(match[0]).path


def test_new_address_takes_effect_by_its_mailed_link_and_not_before(
    browser: Client, person: User, mailoutbox: Mails
) -> None:
    assert "A mail is on its way to" in ask(browser, NEW_EMAIL.upper())
    link = link_in(mailoutbox, NEW_EMAIL)
    assert now(person).email == person.email
    assert NEW_EMAIL in text(Client().get(link))
    assert now(person).email == person.email
    Client().post(link)
    assert now(person).email == NEW_EMAIL
    assert now(person).email_verified_at is not None
    assert {"email.change_asked", "email.changed"} <= events(person)


def test_old_address_is_told_when_it_is_asked_and_when_it_is_done(
    browser: Client, person: User, mailoutbox: Mails
) -> None:
    ask(browser)
    Client().post(link_in(mailoutbox, NEW_EMAIL))
    told = [mail.body for mail in mailoutbox if mail.to == [person.email]]
    assert len(told) == 2
    assert all(NEW_EMAIL in body for body in told)


def test_change_of_address_asks_for_a_recent_proof(alpha: Cast, sign_in: SignIn) -> None:
    client = sign_in(alpha.members[Role.PILOT])
    for answer in (
        client.get("/account/email/"),
        client.post("/account/email/", {"email": "a@b.c"}),
    ):
        assert answer.headers["Location"].startswith("/account/confirm/")


def test_link_shows_neither_address(browser: Client, person: User) -> None:
    token = token_of(person, NEW_EMAIL)
    assert "ada" not in token
    assert len({token_of(person, NEW_EMAIL) for _ in range(10)}) == 10


def test_link_works_once_for_24_hours_and_unaltered(browser: Client, person: User) -> None:
    old = token_of(person, NEW_EMAIL, now=time.time() - LIFETIME_S - 1)
    good = token_of(person, NEW_EMAIL)
    altered = good[:-6] + ("AAAAAA" if good[-6:] != "AAAAAA" else "BBBBBB")
    for token in (old, altered, "x", "é", "confirm-me"):
        assert Client().post(f"/account/email/{token}/").status_code == 404
    assert Client().post(f"/account/email/{good}/").status_code == 200
    assert Client().post(f"/account/email/{good}/").status_code == 404


def test_link_dies_with_a_change_of_password(browser: Client, person: User) -> None:
    """Whoever asked for it from a stolen browser is thus stopped by the owner."""
    link = f"/account/email/{token_of(person, NEW_EMAIL)}/"
    change(browser)
    assert Client().post(link).status_code == 404
    assert now(person).email == person.email


def test_taken_address_is_told_to_its_mailbox_alone(
    browser: Client, alpha: Cast, mailoutbox: Mails
) -> None:
    taken = alpha.members[Role.USER].user.email
    free_page, taken_page = ask(browser), ask(browser, taken)
    strip = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
    assert strip.sub("", free_page.replace(NEW_EMAIL, "")) == strip.sub(
        "", taken_page.replace(taken, "")
    )
    (mail,) = (each for each in mailoutbox if each.to == [taken])
    assert "belongs to an account already" in mail.body


def test_address_taken_in_the_meantime_changes_nothing(
    browser: Client, person: User, mailoutbox: Mails
) -> None:
    ask(browser)
    User.objects.create_user(NEW_EMAIL, PASSWORD)
    assert Client().post(link_in(mailoutbox, NEW_EMAIL)).status_code == 404
    assert now(person).email == person.email


def test_changes_of_address_are_limited(
    browser: Client, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "EMAIL_CHANGES", Allowance("email_change", 1, 60))
    ask(browser)
    assert "Too many attempts" in ask(browser, "other@x.example")
    assert len(mailoutbox) == 2


def test_own_address_is_no_change(browser: Client, person: User) -> None:
    assert "This is your address already" in ask(browser, person.email)


def test_confirmation_of_the_address_is_sent_again(
    browser: Client, person: User, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "VERIFICATIONS", Allowance("verification_mail", 1, 60))
    assert "on its way" in text(browser.post("/account/email/send-again/", follow=True))
    assert "Too many" in text(browser.post("/account/email/send-again/", follow=True))
    (mail,) = mailoutbox
    assert mail.to == [person.email]


def test_confirmed_address_is_not_confirmed_again(
    browser: Client, person: User, mailoutbox: Mails
) -> None:
    User.objects.filter(pk=person.pk).update(email_verified_at=timezone.now())
    browser.post("/account/email/send-again/")
    assert mailoutbox == []


# -- the password


def change(browser: Client, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> str:
    body = {"old": old, "new": new, "again": again}
    return text(browser.post("/account/password/", body, follow=True))


def test_password_is_changed_and_other_sessions_end(
    browser: Client, person: User, alpha: Cast, sign_in: SignIn, mailoutbox: Mails
) -> None:
    """A17: what was signed in elsewhere is out at its next page."""
    elsewhere = sign_in(alpha.members[Role.PILOT])
    assert "Your password is changed" in change(browser)
    assert now(person).check_password(NEW)
    assert now(person).password_changed_at is not None
    assert elsewhere.get("/account/").status_code == 302
    assert browser.get("/account/").status_code == 200
    assert [mail.to for mail in mailoutbox] == [[person.email]]
    assert {"password.changed", "sessions.ended"} <= events(person)


def test_session_that_stays_keeps_its_place_in_the_device_list(
    browser: Client, person: User
) -> None:
    person.sessions.update(device="Firefox on Android", first_address="192.0.2.1")
    change(browser)
    (kept,) = person.sessions.all()
    assert (kept.device, kept.first_address) == ("Firefox on Android", "192.0.2.1")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"old": "a wrong old one"}, "This is not your password"),
        ({"new": "password", "again": "password"}, "too short"),
        ({"again": "something else altogether"}, "not the same as above"),
    ],
)
def test_password_is_refused(
    values: dict[str, str], said: str, browser: Client, person: User
) -> None:
    assert said in change(browser, **values)
    assert now(person).check_password(PASSWORD)


def test_guesses_of_the_old_password_are_limited(browser: Client, person: User) -> None:
    """A6: an open browser is no way around the limit of the sign-in page."""
    pages = [change(browser, old=f"a wrong guess {number}") for number in range(6)]
    assert "Too many attempts" in pages[-1]
    assert "Too many attempts" in change(browser)
    assert now(person).check_password(PASSWORD)
