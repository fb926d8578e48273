"""The pages under /account/second-step/."""

from __future__ import annotations

import base64
import html
import re
import time
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import RecoveryCode, User
from accounts.second_step import totp
from accounts.second_step.services import codes_left, has_second_step, verify_second_step
from tests.accounts.second_steps import person_of, set_up_app
from tests.conftest import Cast

STATE = "/account/second-step/"
SET_UP = f"{STATE}set-up/"
NEW_CODES = f"{STATE}new-codes/"
REMOVE = f"{STATE}remove/"


@pytest.fixture
def pilot(alpha: Cast) -> User:
    return person_of(alpha, Role.PILOT)


@pytest.fixture
def browser(pilot: User) -> Client:
    return signed_in(pilot)


def signed_in(user: User, *, proved_s_ago: float = 0) -> Client:
    """A browser whose person proved themselves that long ago."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["proved_at"] = int(time.time() - proved_s_ago)
    session.save()
    return client


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


def secret_on(page: str) -> bytes:
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found is not None
    return base64.b32decode(found[1].replace(" ", ""))


def codes_on(page: str) -> list[str]:
    return re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){5}", page.split("<pre")[1].split("</pre>")[0])


def set_up_by_pages(browser: Client) -> Any:
    secret = secret_on(text_of(browser.get(SET_UP)))
    code = totp.code_of(secret, totp.step_at(time.time()))
    return browser.post(SET_UP, {"code": f"{code[:3]} {code[3:]}"})


@pytest.mark.parametrize("path", [STATE, SET_UP, NEW_CODES, REMOVE])
def test_stranger_is_asked_to_sign_in(db: None, path: str) -> None:
    response = Client().get(path)
    assert response.headers["Location"].startswith("/sign-in/?next=")


@pytest.mark.parametrize("path", [SET_UP, NEW_CODES, REMOVE])
@pytest.mark.parametrize("method", ["get", "post"])
def test_old_proof_is_asked_for_again(pilot: User, path: str, method: str) -> None:
    set_up_app(pilot)
    browser = signed_in(pilot, proved_s_ago=3_600)
    response = getattr(browser, method)(path)
    assert response.headers["Location"].startswith("/account/confirm/")
    assert has_second_step(pilot)
    assert codes_left(pilot) == 10


def test_set_up_page_shows_picture_key_and_address(browser: Client, pilot: User) -> None:
    response = browser.get(SET_UP)
    page = text_of(response)
    assert 'src="data:image/svg+xml' in page
    assert "autofocus" not in page
    secret = secret_on(page)
    assert totp.setup_uri(secret, pilot.email) in page
    assert "no-store" in response.headers["Cache-Control"]


def test_set_up_page_shows_the_same_secret_when_loaded_again(browser: Client) -> None:
    assert secret_on(text_of(browser.get(SET_UP))) == secret_on(text_of(browser.get(SET_UP)))


def test_half_finished_set_up_is_encrypted_in_the_session(browser: Client) -> None:
    """A3: the session's row does not give the waiting secret away."""
    secret = secret_on(text_of(browser.get(SET_UP)))
    decoded = str(browser.session.load())
    assert "authenticator_pending" in decoded
    assert totp.secret_text(secret) not in decoded


def test_first_code_sets_it_up_and_shows_codes_once(browser: Client, pilot: User) -> None:
    response = set_up_by_pages(browser)
    codes = codes_on(text_of(response))
    assert len(codes) == 10
    assert "no-store" in response.headers["Cache-Control"]
    assert verify_second_step(pilot, codes[0]) == "recovery_code"
    assert not set(codes) & set(re.findall(r"[A-Z2-7-]{29}", text_of(browser.get(STATE))))


def test_form_sent_again_shows_no_codes(browser: Client) -> None:
    set_up_by_pages(browser)
    kept = set(RecoveryCode.objects.values_list("pk", flat=True))
    response = browser.post(SET_UP, {"code": "123456"})
    assert response.headers["Location"] == STATE
    assert set(RecoveryCode.objects.values_list("pk", flat=True)) == kept


def test_wrong_first_code_is_told_in_words(browser: Client, pilot: User) -> None:
    secret = secret_on(text_of(browser.get(SET_UP)))
    old = totp.code_of(secret, totp.step_at(time.time()) - 10)
    page = text_of(browser.post(SET_UP, {"code": old}))
    assert "autofocus" in page
    assert "This code does not fit." in page
    assert secret_on(page) == secret
    assert not has_second_step(pilot)


def test_set_up_keeps_this_browser_and_ends_the_others(browser: Client, pilot: User) -> None:
    other = signed_in(pilot)
    assert set_up_by_pages(browser).status_code == 200
    assert browser.get(STATE).status_code == 200
    assert other.get(STATE).status_code == 302


def test_state_page_counts_codes_and_warns_when_few_are_left(browser: Client, pilot: User) -> None:
    set_up_by_pages(browser)
    assert "10 of 10" in text_of(browser.get(STATE))
    few = RecoveryCode.objects.filter(user=pilot).values_list("pk", flat=True)[:8]
    RecoveryCode.objects.filter(pk__in=list(few)).update(used_at="2026-01-01T00:00Z")
    assert "Only 2 recovery codes left." in text_of(browser.get(STATE))
    RecoveryCode.objects.filter(user=pilot).update(used_at="2026-01-01T00:00Z")
    assert "You have no recovery code left." in text_of(browser.get(STATE))


def test_new_codes_are_shown_and_the_old_ones_gone(browser: Client, pilot: User) -> None:
    old = codes_on(text_of(set_up_by_pages(browser)))
    assert browser.get(NEW_CODES).status_code == 200
    new = codes_on(text_of(browser.post(NEW_CODES)))
    assert len(new) == 10
    assert verify_second_step(pilot, old[0]) is None
    assert verify_second_step(pilot, new[0]) == "recovery_code"


def test_removing_keeps_this_browser(browser: Client, pilot: User) -> None:
    set_up_by_pages(browser)
    assert browser.post(REMOVE, follow=True).redirect_chain == [(STATE, 302)]
    assert not has_second_step(pilot)


@pytest.mark.parametrize("path", [NEW_CODES, REMOVE])
def test_without_an_app_there_is_nothing_to_ask(browser: Client, path: str) -> None:
    assert browser.get(path).headers["Location"] == STATE


def test_role_that_needs_it_is_led_to_set_it_up_and_cannot_remove_it(
    alpha: Cast, settings: Any
) -> None:
    settings.SECOND_STEP_REQUIRED = True
    user = person_of(alpha, Role.MANAGER)
    browser = signed_in(user)
    assert browser.get(alpha.home).headers["Location"] == SET_UP
    refused = browser.get(f"{alpha.home}api/v1/aircraft/", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (403, "second_step_required")
    assert set_up_by_pages(browser).status_code == 200
    assert browser.get(alpha.home).status_code == 200
    assert "cannot be removed" in text_of(browser.get(STATE))
    browser.post(REMOVE)
    assert has_second_step(user)


def test_role_that_does_not_need_it_is_left_alone(
    alpha: Cast, browser: Client, settings: Any
) -> None:
    settings.SECOND_STEP_REQUIRED = True
    assert browser.get(alpha.home).status_code == 200


def test_form_without_its_token_changes_nothing(pilot: User) -> None:
    set_up_app(pilot)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(pilot)
    assert browser.post(REMOVE).status_code == 403
    assert has_second_step(pilot)
