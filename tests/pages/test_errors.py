"""What people and programs are told when it is our side that fails."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from tests.conftest import Cast


def fail_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("accounts.backends.EmailBackend.get_user", fail)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OperationalError("server closed the connection: password secret"), 503, "unavailable"),
        (RuntimeError("a fault: password secret"), 500, "internal"),
    ],
)
def test_failure_is_told_without_its_details(
    alpha: Cast,
    manager: Client,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    code: str,
) -> None:
    manager.raise_request_exception = False
    fail_with(error, monkeypatch)
    page = manager.get(alpha.home)
    assert (page.status_code, "secret" in page.content.decode()) == (status, False)
    for path in ("/api/v1/flights/", f"{alpha.home}api/v1/flights/"):
        answer = manager.get(path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "secret" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/o/alpha/flights/"])
def test_page_without_the_database_says_in_plain_words_to_try_again(
    path: str, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.raise_request_exception = False
    fail_with(OperationalError("server closed the connection"), monkeypatch)
    page = manager.get(path)
    text = page.content.decode()
    assert "We cannot reach our records just now" in text
    assert "Try again" in text
    assert "OperationalError" not in text
    assert page.headers["Retry-After"] == "10"


def test_fault_of_ours_is_not_called_a_pause(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.raise_request_exception = False
    fail_with(RuntimeError("a fault"), monkeypatch)
    page = manager.get("/")
    assert "Something went wrong on our side" in page.content.decode()
    assert "Retry-After" not in page.headers
