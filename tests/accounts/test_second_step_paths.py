"""A4, A5: one code in 20 hands lets exactly one in, whichever door they knock at.

The guesses' limits are out of the way here: all 20 reach the code itself.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from django.test import Client

from accounts.choices import Role
from accounts.models import User
from accounts.second_step import services
from accounts.signing_in import passwords
from accounts.signing_in.attempts import Allowance
from tests.accounts.browsers import prove
from tests.accounts.second_steps import App, person_of, set_up_app
from tests.conftest import PASSWORD, Cast
from tests.isolation.crowd import in_threads

THREADS = 20
ROUNDS = 2
MOMENT = 1_800_000_015.0
Door = Callable[[Client, str], bool]
"""Knocks with a code and says whether it was let in."""


@pytest.fixture(autouse=True)
def _all_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits too wide to matter, a clock that stands still, and no mail."""
    limits = [(services, "ALLOWANCE")]
    limits += [(passwords, name) for name in ("PER_ACCOUNT", "PER_NETWORK", "PER_KNOWN_DEVICE")]
    for module, name in limits:
        monkeypatch.setattr(module, name, Allowance(f"wide.{name}", burst=10_000, refill_s=0.01))
    monkeypatch.setattr(services, "time", SimpleNamespace(time=lambda: MOMENT))
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def user(fresh_organization: Cast) -> User:
    return person_of(fresh_organization, Role.ADMIN)


@pytest.fixture
def app(user: User) -> App:
    return set_up_app(user)


def codes_for_rounds(app: App, means: str) -> list[str]:
    """Codes that are all good at the moment the clock shows, the oldest first."""
    if means == "recovery code":
        return app.recovery_codes[:ROUNDS]
    return [app.code(MOMENT + offset_s) for offset_s in (-30, 0)]


def let_in(door: Door, clients: list[Client], code: str) -> int:
    return sum(in_threads(len(clients), lambda number: door(clients[number], code)))


def after_password(user: User, target: str) -> Client:
    """A browser that has come as far as the page that asks for the code."""
    client = Client()
    values = {"username": user.email, "password": PASSWORD, "next": target}
    response = client.post("/sign-in/", values)
    assert response.headers["Location"].startswith("/sign-in/code/")
    assert client.get(target).status_code == 302
    return client


@pytest.mark.parametrize("means", ["app", "recovery code"])
@pytest.mark.parametrize("page", ["", "admin/"], ids=["web", "admin"])
def test_one_browser_is_let_in(
    fresh_organization: Cast, user: User, app: App, page: str, means: str
) -> None:
    target = f"{fresh_organization.home}{page}"

    def knock(client: Client, code: str) -> bool:
        client.post("/sign-in/code/", {"code": code, "next": target})
        return client.get(target).status_code == 200

    for code in codes_for_rounds(app, means):
        waiting = [after_password(user, target) for _ in range(THREADS)]
        assert let_in(knock, waiting, code) == 1


@pytest.mark.parametrize("means", ["app", "recovery code"])
def test_one_program_is_let_in(fresh_organization: Cast, user: User, app: App, means: str) -> None:
    def knock(client: Client, code: str) -> bool:
        body = {
            "email": user.email,
            "password": PASSWORD,
            "code": code,
            "organization": fresh_organization.organization.slug,
        }
        response: Any = client.post("/api/v1/auth/token", body, content_type="application/json")
        assert response.status_code in {200, 401}
        return "access_token" in response.json()

    for code in codes_for_rounds(app, means):
        assert let_in(knock, [Client() for _ in range(THREADS)], code) == 1


@pytest.mark.parametrize("means", ["app", "recovery code"])
def test_one_browser_is_believed_when_asked_again(user: User, app: App, means: str) -> None:
    def browser() -> Client:
        client = Client()
        client.force_login(user)
        prove(client, ago_s=3_600)
        return client

    def knock(client: Client, code: str) -> bool:
        values = {"password": PASSWORD, "code": code, "next": "/account/second-step/remove/"}
        client.post("/account/confirm/", values)
        return client.get("/account/second-step/remove/").status_code == 200

    for code in codes_for_rounds(app, means):
        assert let_in(knock, [browser() for _ in range(THREADS)], code) == 1


def test_code_spent_at_one_door_is_spent_at_the_others(
    fresh_organization: Cast, user: User, app: App
) -> None:
    code = app.code(MOMENT)
    browser = after_password(user, fresh_organization.home)
    browser.post("/sign-in/code/", {"code": code, "next": fresh_organization.home})
    assert browser.get(fresh_organization.home).status_code == 200
    body = {
        "email": user.email,
        "password": PASSWORD,
        "code": code,
        "organization": fresh_organization.organization.slug,
    }
    response: Any = Client().post("/api/v1/auth/token", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (401, "second_step_refused")


@pytest.mark.parametrize("site", ["/admin/", "{home}admin/"])
def test_admin_has_no_door_of_its_own(fresh_organization: Cast, site: str) -> None:
    path = f"{site.format(home=fresh_organization.home)}login/"
    response = Client().post(path, {"username": "a@example.org", "password": PASSWORD})
    assert response.status_code == 404 or response.headers["Location"].startswith("/sign-in/")
