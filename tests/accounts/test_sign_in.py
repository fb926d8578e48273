"""Signing in and out: nobody learns from it who has an account."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import KnownDevice, User, UserSession
from accounts.second_step import services as second_step
from accounts.signing_in import pending
from accounts.signing_in.devices import cookie_name
from aviation.audit.models import AuditEvent
from aviation.tenants.context import platform_context
from tests.accounts.second_steps import set_up_app
from tests.conftest import PASSWORD, Cast

REFUSAL = "This e-mail and password do not match an account here."
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"


def try_to_sign_in(email: str, password: str) -> Any:
    return Client().post("/sign-in/", {"username": email, "password": password})


def sign_in_at(client: Client, user: User, **more: str) -> Any:
    return client.post("/sign-in/", {"username": user.email, "password": PASSWORD, **more})


def page_without(response: Any, email: str) -> str:
    """The page without what was typed and without the token, which is masked anew each time."""
    text = response.content.decode().replace(email, "")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)


@pytest.fixture
def pilot(alpha: Cast) -> User:
    """Read anew: the cast's own stands for the whole run, and tests here change it."""
    return User.objects.get(pk=alpha.members[Role.PILOT].user_id)


def test_member_signs_in_and_reaches_the_organization(alpha: Cast, pilot: User) -> None:
    response = Client().post(
        "/sign-in/", {"username": pilot.email.upper(), "password": PASSWORD}, follow=True
    )
    assert response.redirect_chain == [("/", 302), (alpha.home, 302)]
    assert response.status_code == 200


def test_refusals_look_the_same_whatever_was_wrong(pilot: User) -> None:
    """A18: equal bodies."""
    User.objects.create_user("left@example.org", PASSWORD, is_active=False)
    User.objects.create_user("invited@example.org", None)
    attempts = [
        (pilot.email, "wrong"),
        ("nobody@example.org", PASSWORD),
        ("left@example.org", PASSWORD),
        ("invited@example.org", PASSWORD),
    ]
    pages = {page_without(try_to_sign_in(email, word), email) for email, word in attempts}
    assert len(pages) == 1
    assert REFUSAL in pages.pop()


def test_unknown_address_costs_a_password_hash_too(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(User, "set_password", lambda self, word: hashed.append(word))
    try_to_sign_in("nobody@example.org", "a guess")
    assert hashed == ["a guess"]


@pytest.mark.parametrize("typed", ["nobody", "a@b", "a" * 300 + "@example.org", "\0@example.org"])
def test_what_is_no_address_is_refused_without_a_fault(db: None, typed: str) -> None:
    assert try_to_sign_in(typed, "x").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"]
)
@pytest.mark.parametrize("is_in_form", [True, False])
def test_signing_in_leads_to_no_other_site(pilot: User, elsewhere: str, is_in_form: bool) -> None:
    values = {"username": pilot.email, "password": PASSWORD}
    form, query = ({"next": elsewhere}, {}) if is_in_form else ({}, {"next": elsewhere})
    answer = Client().post("/sign-in/", values | form, query_params=query)
    assert answer.headers["Location"] == "/"


def test_signing_in_leads_back_to_the_page_that_was_asked_for(alpha: Cast, pilot: User) -> None:
    target = f"{alpha.home}flights/"
    assert sign_in_at(Client(), pilot, next=target).headers["Location"] == target


def test_admin_sites_lead_to_the_same_page(alpha: Cast) -> None:
    for path in ("/admin/", f"{alpha.home}admin/"):
        assert Client().get(path).headers["Location"].startswith("/sign-in/?next=")


def test_who_is_in_already_is_led_on(alpha: Cast, manager: Client) -> None:
    assert manager.get("/sign-in/").headers["Location"] == "/"
    assert manager.get("/sign-in/code/").headers["Location"] == "/"


def test_signing_in_changes_the_session_key(pilot: User) -> None:
    client = Client()
    client.get("/sign-in/code/")
    before = client.session.session_key
    sign_in_at(client, pilot)
    assert client.session.session_key not in {None, before}


def test_session_says_where_it_was_begun(pilot: User) -> None:
    client = Client(headers={"User-Agent": FIREFOX}, REMOTE_ADDR="198.51.100.7")
    sign_in_at(client, pilot)
    session = UserSession.objects.get(user=pilot)
    assert (session.device, session.first_address) == ("Firefox on Android", "198.51.100.7")


def test_sign_in_is_an_event_of_the_person(pilot: User) -> None:
    sign_in_at(Client(), pilot)
    with platform_context():
        event = AuditEvent.objects.filter(action="sign_in.succeeded").latest("at")
    assert str(event.object_id) == str(pilot.pk)


def test_browser_gets_a_secret_that_no_script_reads(pilot: User) -> None:
    client = Client()
    sign_in_at(client, pilot)
    cookie = client.cookies[cookie_name(pilot.email)]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie["max-age"] == 180 * 24 * 3_600
    assert len(cookie.value) >= 43
    assert cookie.value not in str(KnownDevice.objects.filter(user=pilot).values())


def test_cookie_of_a_real_installation_goes_by_tls_only(pilot: User, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    client = Client()
    client.post("/sign-in/", {"username": pilot.email, "password": PASSWORD}, secure=True)
    name = cookie_name(pilot.email)
    assert name.startswith("__Host-")
    assert client.cookies[name]["secure"]


def test_same_browser_is_one_device(pilot: User) -> None:
    client = Client()
    for _ in range(3):
        sign_in_at(client, pilot)
        client.post("/sign-out/")
    assert KnownDevice.objects.filter(user=pilot).count() == 1


# -- the second step


def test_password_alone_opens_nothing_where_a_second_step_is_set_up(
    alpha: Cast, pilot: User
) -> None:
    set_up_app(pilot)
    client = Client()
    target = f"{alpha.home}flights/"
    answer = sign_in_at(client, pilot, next=target)
    assert answer.headers["Location"].startswith("/sign-in/code/?next=")
    assert client.get(alpha.home).status_code == 302
    assert client.get("/api/v1/flights/").status_code == 401
    assert not UserSession.objects.filter(user=pilot).exists()
    assert cookie_name(pilot.email) not in client.cookies


def test_code_opens_the_door_and_leads_on(alpha: Cast, pilot: User) -> None:
    app, client, target = set_up_app(pilot), Client(), f"{alpha.home}flights/"
    page = sign_in_at(client, pilot, next=target)
    answer = client.post(page.headers["Location"], {"code": app.code()})
    assert answer.headers["Location"] == target
    assert client.get(target).status_code == 200


def test_wrong_code_opens_nothing(alpha: Cast, pilot: User) -> None:
    app, client = set_up_app(pilot), Client()
    sign_in_at(client, pilot)
    answer = client.post("/sign-in/code/", {"code": app.wrong_code()})
    assert "This code is not right" in answer.content.decode()
    assert client.get(alpha.home).status_code == 302


def test_codes_are_guessed_within_limits(pilot: User) -> None:
    app, client = set_up_app(pilot), Client()
    sign_in_at(client, pilot)
    answers = [client.post("/sign-in/code/", {"code": app.wrong_code()}) for _ in range(8)]
    burst = second_step.ALLOWANCE.burst
    assert [answer.status_code for answer in answers] == [200] * burst + [429] * (8 - burst)


def test_code_is_asked_of_nobody_who_did_not_prove_a_password(db: None) -> None:
    assert Client().get("/sign-in/code/").headers["Location"] == "/sign-in/"


def test_second_step_waits_five_minutes(pilot: User, monkeypatch: pytest.MonkeyPatch) -> None:
    app, client = set_up_app(pilot), Client()
    sign_in_at(client, pilot)
    code, now = app.code(), pending.time.time()
    monkeypatch.setattr(pending.time, "time", lambda: now + pending.LIFETIME_S + 1)
    assert client.post("/sign-in/code/", {"code": code}).headers["Location"] == "/sign-in/"


def test_second_step_does_not_wait_over_a_change_of_password(pilot: User) -> None:
    app, client = set_up_app(pilot), Client()
    sign_in_at(client, pilot)
    pilot.set_password("another quiet runway")
    pilot.save()
    answer = client.post("/sign-in/code/", {"code": app.code()})
    assert answer.headers["Location"] == "/sign-in/"


# -- signing out, and forms without their token


def test_signing_out_takes_a_form_not_a_link(alpha: Cast, manager: Client) -> None:
    assert manager.get("/sign-out/").status_code == 405
    assert manager.get(alpha.home).status_code == 200
    assert manager.post("/sign-out/").status_code == 302
    assert manager.get(alpha.home).status_code == 302


def test_form_without_its_token_is_refused_in_plain_words(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "a@example.org"})
    assert response.status_code == 403
    assert b"That form had expired" in response.content


def test_program_without_the_token_gets_a_problem_document(alpha: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alpha.members[Role.MANAGER].user)
    response = client.post(f"{alpha.home}upload/", headers={"Accept": "application/json"})
    assert (response.status_code, response.json()["code"]) == (403, "csrf")
    assert response.headers["Content-Type"] == "application/problem+json"
