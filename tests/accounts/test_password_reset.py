"""A forgotten password, or a first one: a link by mail that works once."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from accounts.models import TokenFamily, TotpDevice, User, UserSession
from accounts.signing_in import reset
from accounts.signing_in.reset import reset_password, reset_path, reset_tokens
from aviation.common.errors import Rejected
from tests.accounts.mailing import Capture, delivering
from tests.conftest import PASSWORD, Cast

NEW = "seven grey herons wading"


@pytest.fixture(autouse=True)
def _mail_goes_out(
    db: None, django_capture_on_commit_callbacks: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request commits, as it does outside of tests."""
    request = Client.request

    def committed(self: Client, **environ: object) -> object:
        with delivering(django_capture_on_commit_callbacks, monkeypatch):
            return request(self, **environ)

    monkeypatch.setattr(Client, "request", committed)


@pytest.fixture
def pilot(alpha: Cast) -> User:
    return User.objects.get(pk=alpha.members[Role.PILOT].user_id)


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


def matches(user: User, password: str) -> bool:
    return User.objects.get(pk=user.pk).check_password(password)


def test_link_in_the_mail_sets_a_new_password(pilot: User, mailoutbox: list[EmailMessage]) -> None:
    ask(pilot.email)
    (mail,) = mailoutbox
    assert mail.to == [pilot.email]
    assert link_in(mail).startswith("/password-reset/")
    choose(Client(), link_in(mail), NEW)
    assert matches(pilot, NEW)
    assert User.objects.get(pk=pilot.pk).password_changed_at is not None


def test_link_leads_to_the_address_of_the_installation_whatever_host_was_asked(
    pilot: User, mailoutbox: list[EmailMessage]
) -> None:
    client = Client(headers={"Host": "localhost"})
    client.post("/password-reset/", {"email": pilot.email})
    assert f"{settings.BASE_URL}/password-reset/" in str(mailoutbox[0].body)


def test_link_works_once(pilot: User, mailoutbox: list[EmailMessage]) -> None:
    ask(pilot.email)
    link = link_in(mailoutbox[0])
    choose(Client(), link, NEW)
    assert b"This link no longer works" in Client().get(link, follow=True).content


def test_token_read_before_it_was_used_is_refused_after(pilot: User) -> None:
    """Two browsers that both got past the first look: the second finds the row changed."""
    token = reset_tokens.make_token(pilot)
    reset_password(User.objects.get(pk=pilot.pk), token=token, password=NEW)
    with pytest.raises(Rejected):
        reset_password(User.objects.get(pk=pilot.pk), token=token, password="another long one")
    assert matches(pilot, NEW)


def test_link_ends_with_the_sessions_it_could_replace(pilot: User) -> None:
    path = reset_path(pilot)
    User.objects.filter(pk=pilot.pk).update(credential_epoch=pilot.credential_epoch + 1)
    page = Client().get(f"/password-reset/{path}/", follow=True)
    assert b"This link no longer works" in page.content


def test_weak_password_is_refused(pilot: User, mailoutbox: list[EmailMessage]) -> None:
    ask(pilot.email)
    choose(Client(), link_in(mailoutbox[0]), "password")
    assert matches(pilot, PASSWORD)


def test_person_added_without_a_password_gets_the_first_by_mail(
    mailoutbox: list[EmailMessage],
) -> None:
    pilot = User.objects.create_user("new@example.org", None)
    ask("New@Example.org")
    choose(Client(), link_in(mailoutbox[0]), NEW)
    assert matches(pilot, NEW)
    assert User.objects.get(pk=pilot.pk).email_verified_at is not None


@pytest.mark.parametrize("is_active", [True, False])
def test_answer_does_not_tell_whether_the_address_is_known(
    mailoutbox: list[EmailMessage], is_active: bool
) -> None:
    User.objects.create_user("there@example.org", PASSWORD, is_active=is_active)
    assert ask("there@example.org") == ask("nobody@example.org")
    assert len(mailoutbox) == is_active


def test_request_asks_nothing_of_the_table_of_people(
    monkeypatch: pytest.MonkeyPatch, pilot: User
) -> None:
    """A18: the look-up is the queue's, so that its time cannot be measured from outside."""
    monkeypatch.setattr(reset, "queue_after_commit", lambda *_: None)
    with CaptureQueriesContext(connection) as asked:
        Client().post("/password-reset/", {"email": pilot.email})
    assert asked.captured_queries
    assert not [query for query in asked.captured_queries if 'accounts_user"' in query["sql"]]


def test_mailbox_is_not_flooded(pilot: User, mailoutbox: list[EmailMessage]) -> None:
    pages = {ask(pilot.email) for _ in range(6)}
    assert len(pages) == 1
    assert len(mailoutbox) == 3


def test_one_network_asks_for_few_links(mailoutbox: list[EmailMessage]) -> None:
    answers = [Client().post("/password-reset/", {"email": f"{n}@example.org"}) for n in range(12)]
    assert [answer.status_code for answer in answers] == [302] * 10 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_reset_ends_everything_and_signs_nobody_in(
    alpha: Cast, pilot: User, mailoutbox: list[EmailMessage]
) -> None:
    """A20: the other sessions end with the reset, and so do programs' tokens."""
    signed_in, member = Client(), alpha.members[Role.PILOT]
    signed_in.force_login(pilot)
    family = TokenFamily.objects.create(
        membership=member, credential_epoch=1, expires_at=timezone.now() + timedelta(days=1)
    )
    assert signed_in.get(alpha.home).status_code == 200
    ask(pilot.email)
    browser = Client()
    choose(browser, link_in(mailoutbox[0]), NEW)
    assert signed_in.get(alpha.home).status_code == 302
    assert browser.get(alpha.home).status_code == 302
    assert not UserSession.objects.filter(user=pilot).exists()
    family.refresh_from_db()
    assert family.revoked_at is not None


def test_second_step_is_asked_after_a_reset(
    alpha: Cast, pilot: User, mailoutbox: list[EmailMessage]
) -> None:
    """A20: a stolen mailbox alone opens nothing."""
    TotpDevice.objects.create(user=pilot, sealed_secret=b"", confirmed_at=timezone.now())
    ask(pilot.email)
    browser = Client()
    choose(browser, link_in(mailoutbox[0]), NEW)
    answer = browser.post("/sign-in/", {"username": pilot.email, "password": NEW})
    assert answer.headers["Location"] == "/sign-in/code/"
    assert browser.get(alpha.home).status_code == 302


def test_person_is_told_that_the_password_changed(
    pilot: User, mailoutbox: list[EmailMessage]
) -> None:
    ask(pilot.email)
    choose(Client(), link_in(mailoutbox[0]), NEW)
    assert mailoutbox[-1].subject == "Your password for DBX Aviation was changed"
    assert mailoutbox[-1].to == [pilot.email]


def test_reset_lets_a_person_in_whose_account_is_attacked(
    alpha: Cast, pilot: User, mailoutbox: list[EmailMessage]
) -> None:
    """A7: also from a browser that was not known before."""
    wrong = {"username": pilot.email, "password": "wrong"}
    for n in range(10):
        Client().post("/sign-in/", wrong, REMOTE_ADDR=f"198.51.100.{n}")
    ask(pilot.email)
    browser = Client()
    choose(browser, link_in(mailoutbox[0]), NEW)
    assert browser.get(alpha.home).status_code == 302
    browser.post("/sign-in/", {"username": pilot.email, "password": NEW})
    assert browser.get(alpha.home).status_code == 200
