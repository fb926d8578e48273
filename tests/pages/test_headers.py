"""What every page forbids the browser."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.api.build import Things
from tests.conftest import Cast

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def policy(client: Client, path: str) -> dict[str, str]:
    header = client.get(path).headers["Content-Security-Policy"]
    directives = [each.strip().partition(" ") for each in header.split(";")]
    return {name: value for name, _, value in directives}


@pytest.mark.parametrize("page", ["", "flights/", "upload/", "aircraft/", "analytics/", "nosuch/"])
def test_page_of_an_organization_runs_nothing_from_elsewhere(
    alpha: Cast, manager: Client, page: str
) -> None:
    assert policy(manager, f"{alpha.home}{page}") == POLICY


def test_flight_and_log_pages_run_nothing_from_elsewhere(
    alpha: Cast, manager: Client, things: Things
) -> None:
    assert policy(manager, f"{alpha.home}flights/{things.flight.pk}/") == POLICY
    assert policy(manager, f"{alpha.home}logs/{things.log.pk}/") == POLICY


@pytest.mark.parametrize("page", ["/sign-in/", "/password-reset/", "/nosuch/"])
def test_page_before_sign_in_runs_nothing_from_elsewhere(db: None, page: str) -> None:
    assert policy(Client(), page) == POLICY


def test_page_cannot_be_framed_or_guessed_at(db: None) -> None:
    headers = Client().get("/sign-in/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
