"""A21: a key in an address is refused, and nothing writes it down."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import StringIO
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.api_keys.format import make
from aviation.common.logs import json_formatter
from aviation.common.problems import PROBLEM_JSON

KEY = str(make())


@pytest.fixture
def log_lines() -> Iterator[StringIO]:
    """Everything any logger writes, as the product writes it, down to the finest level."""
    written, root = StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(written), root.level
    handler.setFormatter(json_formatter())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


ADDRESSES = [
    f"/api/v1/aircraft/?api_key={KEY}",
    f"/api/v1/aircraft/?anything={KEY}",
    f"/api/v1/aircraft/?{KEY}",
    f"/api/v1/aircraft/?q=before+{KEY}+after",
    f"/api/v1/aircraft/?q={quote(KEY).replace('_', '%5F')}",
    f"/api/v1/aircraft/?q={KEY.replace('_', '%255F')}",
    f"/api/v1/aircraft/?q={KEY[:40]}",
    f"/api/v1/aircraft/{KEY}/",
    f"/o/alpha/flights/?q={KEY}",
    f"/sign-in/?next=/{KEY}",
    f"/static/nothing.css?v={KEY}",
    f"/api/health?k={KEY}",
]


@pytest.mark.parametrize("address", ADDRESSES, ids=range(len(ADDRESSES)))
def test_key_in_an_address_is_refused_and_logged_nowhere(
    alpha: object,
    address: str,
    log_lines: StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A21"""
    client = Client(raise_request_exception=False)
    assert client.get(address).status_code == 400
    client.get("/sign-in/")  # the log is listening
    written = log_lines.getvalue() + "".join(capfd.readouterr())
    assert "/sign-in/" in written
    assert KEY[4:16] not in written
    assert KEY[17:35] not in written


def test_program_is_told_in_a_problem_document(alpha: object) -> None:
    answer = Client().get(f"/api/v1/aircraft/?key={KEY}")
    assert answer.headers["Content-Type"] == PROBLEM_JSON
    assert answer.json()["code"] == "key_in_address"
    assert KEY[17:] not in answer.content.decode()


def test_person_is_told_on_a_page_that_does_not_pass_the_address_on(alpha: object) -> None:
    answer = Client().get(f"/sign-in/?key={KEY}")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]
    assert KEY[17:] not in answer.content.decode()


@pytest.mark.parametrize("query", ["api_key=anything", "APIKEY=x", "x-api-key=1", "access_token=e"])
def test_parameter_named_like_a_key_is_refused(alpha: object, query: str) -> None:
    assert Client().get(f"/api/v1/aircraft/?{query}").status_code == 400


@pytest.mark.parametrize("query", ["q=dbx_", "page_size=5", "q=dbx_short_text", "api_key="])
def test_ordinary_query_passes(alpha: object, query: str) -> None:
    assert Client().get(f"/sign-in/?{query}").status_code == 200
