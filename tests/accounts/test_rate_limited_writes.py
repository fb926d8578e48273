"""A program's write that is one too many: refused at the door, as it would be further in."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.choices import Role
from accounts.limits.writes import ProgramWritesMiddleware
from aviation.common.gcra.rules import Policy
from aviation.tenants.context import tenant_context
from tests.accounts.keys import made, present
from tests.accounts.test_rate_limits_requests import limit, real_limits, told
from tests.conftest import Cast

__all__ = ["real_limits"]

TELEMETRY, AIRCRAFT, TOKEN = "/api/v1/telemetry/", "/api/v1/aircraft/", "/api/v1/auth/token"
LEFT_OUT = {"RateLimit", "RateLimit-Policy", "X-Request-Id", "Content-Length", "Vary"}
"""What differs from request to request, or tells of a session that was looked for."""


@pytest.fixture
def key(alpha: Cast) -> str:
    with tenant_context(alpha.organization), transaction.atomic():
        return made(alpha, Role.MANAGER, "read", "write", name=uuid.uuid4().hex)[1]


@pytest.fixture
def at_the_door(rf: RequestFactory, key: str) -> Callable[..., int]:
    """The status of a request at the middleware; 299 where it is let further in."""
    door = ProgramWritesMiddleware(lambda _request: HttpResponse(status=299))

    def status(method: str, path: str, key: str = key) -> int:
        request: HttpRequest = rf.generic(method, path, headers={"X-API-Key": key})
        return door(request).status_code

    return status


def test_one_too_many_goes_no_further(at_the_door: Any, real_limits: Any) -> None:
    limit(real_limits, telemetry=Policy(1))
    assert [at_the_door("POST", TELEMETRY) for _ in range(3)] == [299, 429, 429]


def test_organization_s_own_address_is_counted_alike(
    alpha: Cast, bravo: Cast, at_the_door: Any, real_limits: Any
) -> None:
    limit(real_limits, telemetry=Policy(1))
    assert at_the_door("POST", f"{alpha.home}api/v1/telemetry/") == 299
    assert at_the_door("POST", TELEMETRY) == 429
    assert at_the_door("POST", f"{bravo.home}api/v1/telemetry/") == 299


@pytest.mark.parametrize("class_name", ["api_write", "telemetry", "upload"])
def test_each_class_of_writes_is_counted_apart(
    at_the_door: Any, real_limits: Any, class_name: str
) -> None:
    paths = {"api_write": AIRCRAFT, "telemetry": TELEMETRY, "upload": "/api/v1/flight-logs/"}
    limit(real_limits, **{class_name: Policy(1)})
    assert at_the_door("POST", paths[class_name]) == 299
    statuses = {name: at_the_door("POST", path) for name, path in paths.items()}
    assert statuses == dict.fromkeys(paths, 299) | {class_name: 429}


def test_reads_and_strangers_are_left_to_what_is_further_in(
    at_the_door: Any, real_limits: Any
) -> None:
    limit(real_limits, telemetry=Policy(1), anonymous=Policy(1))
    at_the_door("POST", TELEMETRY)
    assert at_the_door("POST", TELEMETRY) == 429
    assert [at_the_door("GET", TELEMETRY) for _ in range(3)] == [299] * 3
    assert [at_the_door("POST", TELEMETRY, key="dbx_no_key") for _ in range(3)] == [299] * 3


def test_signing_in_is_not_refused_for_a_key_that_came_along(
    at_the_door: Any, real_limits: Any
) -> None:
    limit(real_limits, sign_in=Policy(1), api_write=Policy(1))
    assert [at_the_door("POST", TOKEN) for _ in range(3)] == [299] * 3


def test_write_that_passes_is_counted_once(alpha: Cast, key: str, real_limits: Any) -> None:
    limit(real_limits, telemetry=Policy(1, burst=20))
    program = present(key)
    for path in (TELEMETRY, f"{alpha.home}api/v1/telemetry/"):
        left = [told(program.post(path), "RateLimit")["telemetry"][0] for _ in range(3)]
        assert [left[0] - each for each in left] == [0, 1, 2]


def test_refusal_looks_as_it_does_to_a_person(key: str, manager: Client, real_limits: Any) -> None:
    limit(real_limits, telemetry=Policy(2, burst=1))
    program = present(key)
    program.post(TELEMETRY)
    early, late = program.post(TELEMETRY), [manager.post(TELEMETRY) for _ in range(2)][1]
    assert (early.status_code, early.json()) == (429, late.json())
    assert told(early, "RateLimit-Policy") == told(late, "RateLimit-Policy")
    assert kept(early) == kept(late)


def kept(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.items() if name not in LEFT_OUT}


def test_unknown_host_is_told_so_whatever_the_limits_say(key: str, real_limits: Any) -> None:
    limit(real_limits, telemetry=Policy(1))
    program = present(key)
    program.post(TELEMETRY)
    answer = program.post(TELEMETRY, headers={"Host": "elsewhere.example.org"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host")


def test_what_cannot_be_counted_is_refused_once(key: str, real_limits: Any) -> None:
    real_limits.REDIS_URL = "unix:///nowhere/redis.sock?db=0"
    limit(real_limits, telemetry=Policy(100, refuses_without_redis=True))
    answer = present(key).post(TELEMETRY)
    assert (answer.status_code, answer.json()["code"]) == (503, "limits_unavailable")
    assert answer.headers["Retry-After"] == "3"


def test_refusal_is_no_warning(
    key: str, real_limits: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """In a flood, lines of the log cost others something; it is told once, and quietly."""
    caplog.set_level(logging.INFO)
    limit(real_limits, telemetry=Policy(1))
    program = present(key)
    program.post(TELEMETRY)
    caplog.clear()
    assert program.post(TELEMETRY).status_code == 429
    assert [each.name for each in caplog.records] == ["dbx.limits", "dbx.request"]
    assert {each.levelno for each in caplog.records} == {logging.INFO}
