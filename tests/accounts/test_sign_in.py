"""Signing in and out: nobody learns from it who has an account."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import User
from tests.conftest import PASSWORD, Cast

REFUSAL = "This e-mail and password do not match an account here."


def try_to_sign_in(email: str, password: str) -> Any:
    return Client().post("/sign-in/", {"username": email, "password": password})


def page_without(response: Any, email: str) -> str:
    """The page without what was typed and without the token, which is masked anew each time."""
    text = response.content.decode().replace(email, "")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)


def test_member_signs_in_and_reaches_the_organization(alpha: Cast) -> None:
    client = Client()
    email = alpha.members[Role.PILOT].user.email
    response = client.post(
        "/sign-in/", {"username": email.upper(), "password": PASSWORD}, follow=True
    )
    assert response.redirect_chain == [("/", 302), (alpha.home, 302)]
    assert response.status_code == 200


def test_refusals_look_the_same_whatever_was_wrong(alpha: Cast) -> None:
    there = alpha.members[Role.PILOT].user.email
    User.objects.create_user("left@example.org", PASSWORD, is_active=False)
    attempts = [(there, "wrong"), ("nobody@example.org", PASSWORD), ("left@example.org", PASSWORD)]
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


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/"])
def test_signing_in_leads_to_no_other_site(alpha: Cast, elsewhere: str) -> None:
    email = alpha.members[Role.PILOT].user.email
    values = {"username": email, "password": PASSWORD, "next": elsewhere}
    assert Client().post("/sign-in/", values).headers["Location"] == "/"


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
