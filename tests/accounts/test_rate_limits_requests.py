"""Limits as callers meet them: whose requests count together, and what they are told."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts.callers import Caller, CallerKind
from accounts.choices import Role
from accounts.limits.buckets import buckets_of
from accounts.limits.middleware import limited, limiter
from accounts.limits.policies import EndpointClass, class_of
from aviation.caching.making import memory
from aviation.common.gcra.rules import Policy
from aviation.common.gcra.shared import SharedBuckets
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization
from tests.conftest import Cast
from tests.queries import noted

AIRCRAFT = "/api/v1/aircraft/"
MEMBER_OF_LIMIT = re.compile(r'"(\w+)";(\w)=(\d+);(\w)=(\d+)')


@pytest.fixture
def real_limits(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The limits of the settings, with nothing spent yet; the test may change them.

    Redis may take its time, as a busy machine shall not decide what is counted.
    """
    patient = partial(SharedBuckets, answer_timeout_s=10)
    monkeypatch.setattr("aviation.common.gcra.limiter.SharedBuckets", patient)
    settings.RATE_LIMIT_FACTOR = 1
    settings.RATE_LIMIT_PREFIX = f"dbx-test-limit-{uuid.uuid4().hex}"
    forget_limits()
    yield settings
    forget_limits()


def forget_limits() -> None:
    """Those of organizations, which are remembered for a minute."""
    memory.forget(lambda place: place[0] == "rate_limits")


def limit(settings: Any, **policies: Policy) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | policies


def told(response: Any, header: str) -> dict[str, tuple[int, int]]:
    """A header's two numbers by the limit's name."""
    found = MEMBER_OF_LIMIT.findall(response.headers[header])
    return {name: (int(first), int(second)) for name, _, first, _, second in found}


def program_calls(monkeypatch: pytest.MonkeyPatch, caller: Caller) -> Client:
    monkeypatch.setattr("accounts.middleware.identify", lambda request: caller)
    return Client()


def program(cast: Cast, per_minute: int | None, name: str = "key 1") -> Caller:
    return Caller(CallerKind.API_KEY, cast.members[Role.MANAGER], name, per_minute)


def set_limit_of(cast: Cast, per_minute: int) -> None:
    with platform_context(), transaction.atomic():
        one = Organization.objects.filter(pk=cast.organization.pk)
        assert one.update(api_rate_limit_per_minute=per_minute) == 1
    forget_limits()


def test_person_is_told_where_the_limits_stand(manager: Client, real_limits: Any) -> None:
    limit(real_limits, api_read=Policy(6, burst=20))
    manager.get(AIRCRAFT)
    response = manager.get(AIRCRAFT)
    assert told(response, "RateLimit-Policy") == {"api_read": (20, 200), "organization": (600, 60)}
    standing = told(response, "RateLimit")
    assert standing["api_read"][0] == 18
    assert 10 < standing["api_read"][1] <= 20
    assert 598 <= standing["organization"][0] < 600
    assert "Retry-After" not in response.headers


def test_one_too_many_is_a_problem_document(manager: Client, real_limits: Any) -> None:
    limit(real_limits, api_read=Policy(2, burst=1))
    assert manager.get(AIRCRAFT).status_code == 200
    response = manager.get(AIRCRAFT)
    assert response.status_code == 429
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Retry-After"] == "30"
    assert response.json() == {
        "type": "urn:dbx:problem:too_many_requests",
        "title": "Too many requests.",
        "status": 429,
        "code": "too_many_requests",
        "detail": "Try again in 30 s.",
        "violated-policies": ["api_read"],
    }
    assert told(response, "RateLimit")["api_read"] == (0, 30)


def test_page_beyond_the_limit_says_when_to_come_back(
    alpha: Cast, manager: Client, real_limits: Any
) -> None:
    limit(real_limits, page=Policy(2, burst=1))
    assert "RateLimit" not in manager.get(alpha.home).headers
    response = manager.get(alpha.home)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "30")
    assert "Wait 30 seconds" in response.content.decode()


def test_each_person_and_each_class_is_counted_apart(
    manager: Client, viewer: Client, real_limits: Any
) -> None:
    limit(real_limits, api_read=Policy(1))
    assert [manager.get(AIRCRAFT).status_code for _ in range(2)] == [200, 429]
    assert viewer.get(AIRCRAFT).status_code == 200
    assert manager.get("/account/").status_code != 429


def test_person_is_one_in_every_browser(
    alpha: Cast, manager: Client, sign_in: Any, real_limits: Any
) -> None:
    limit(real_limits, api_read=Policy(1))
    manager.get(AIRCRAFT)
    assert sign_in(alpha.members[Role.MANAGER]).get(AIRCRAFT).status_code == 429


def test_organization_is_limited_as_a_whole_and_alone(
    alpha: Cast, manager: Client, viewer: Client, outsider: Client, real_limits: Any
) -> None:
    set_limit_of(alpha, 2)
    assert [each.get(AIRCRAFT).status_code for each in (manager, viewer)] == [200, 200]
    refused = viewer.get(AIRCRAFT)
    assert (refused.status_code, refused.json()["violated-policies"]) == (429, ["organization"])
    assert outsider.get(AIRCRAFT).status_code == 200


def test_key_with_a_limit_of_its_own_has_that_one(
    alpha: Cast, real_limits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(real_limits, api_read=Policy(1))
    client = program_calls(monkeypatch, program(alpha, per_minute=3))
    answers = [client.get(AIRCRAFT) for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert told(answers[0], "RateLimit-Policy") == {"api_key": (3, 60), "organization": (600, 60)}
    other = program_calls(monkeypatch, program(alpha, per_minute=3, name="key 2"))
    assert other.get(AIRCRAFT).status_code == 200


def test_key_without_one_is_limited_by_class(
    alpha: Cast, manager: Client, real_limits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(real_limits, api_read=Policy(1))
    assert manager.get(AIRCRAFT).status_code == 200
    client = program_calls(monkeypatch, program(alpha, per_minute=None))
    assert [client.get(AIRCRAFT).status_code for _ in range(2)] == [200, 429]


def test_limit_of_nothing_still_answers(
    alpha: Cast, real_limits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = program_calls(monkeypatch, program(alpha, per_minute=0))
    assert [client.get(AIRCRAFT).status_code for _ in range(2)] == [200, 429]


def test_stranger_is_counted_by_network(db: None, real_limits: Any) -> None:
    limit(real_limits, anonymous=Policy(1))
    ask = Client().get
    line, next_line = "2001:db8:1:2::1", "2001:db8:1:3::1"
    assert ask("/sign-in/", REMOTE_ADDR=line).status_code == 200
    assert ask("/sign-in/", REMOTE_ADDR="2001:db8:1:2:ffff::9").status_code == 429
    assert ask("/sign-in/", REMOTE_ADDR=next_line).status_code == 200


def test_signing_in_is_counted_by_network_whoever_one_is(manager: Client, real_limits: Any) -> None:
    limit(real_limits, sign_in=Policy(1))
    values = {"username": "nobody@example.org", "password": "a guess"}
    assert manager.post("/sign-in/", values).status_code != 429
    assert Client().post("/sign-in/", values).status_code == 429
    assert Client().get("/sign-in/").status_code == 200


def test_refused_key_is_counted_by_address(rf: RequestFactory, real_limits: Any) -> None:
    """Who it claims to come from does not matter, and is not asked for."""
    limit(real_limits, anonymous=Policy(1))
    request = rf.get(AIRCRAFT, REMOTE_ADDR="203.0.113.7")
    asked = [
        limited(request, EndpointClass.ANONYMOUS, lambda _: HttpResponse(status=401))
        for _ in range(2)
    ]
    assert [response.status_code for response in asked] == [401, 429]


def test_health_is_not_counted(db: None, real_limits: Any) -> None:
    limit(real_limits, anonymous=Policy(1))
    assert [Client().get("/api/health/live").status_code for _ in range(3)] == [200, 200, 200]


def test_class_may_refuse_while_redis_is_away(manager: Client, real_limits: Any) -> None:
    real_limits.REDIS_URL = "unix:///nowhere/redis.sock?db=0"
    limit(real_limits, api_read=Policy(100, refuses_without_redis=True))
    response = manager.get(AIRCRAFT)
    assert (response.status_code, response.json()["code"]) == (503, "limits_unavailable")
    assert response.headers["Retry-After"] == "3"
    assert manager.get("/account/").status_code != 503


def test_class_counts_in_the_process_while_redis_is_away(manager: Client, real_limits: Any) -> None:
    real_limits.REDIS_URL = "unix:///nowhere/redis.sock?db=0"
    limit(real_limits, api_read=Policy(2))
    assert [manager.get(AIRCRAFT).status_code for _ in range(3)] == [200, 200, 429]


def test_limits_need_no_query(alpha: Cast, rf: RequestFactory, real_limits: Any) -> None:
    request = rf.get(AIRCRAFT)
    request.caller = program(alpha, per_minute=100)
    request.user, request.organization = request.caller.membership.user, alpha.organization
    with noted() as asked:
        buckets = buckets_of(request, EndpointClass.API_READ)
        assert limiter().spend(buckets).is_allowed
    assert asked == []


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/", EndpointClass.PAGE),
        ("GET", "/sign-in/", EndpointClass.PAGE),
        ("POST", "/sign-in/", EndpointClass.SIGN_IN),
        ("POST", "/sign-in/second-step/", EndpointClass.SIGN_IN),
        ("POST", "/password-reset/a/b/", EndpointClass.SIGN_IN),
        ("POST", "/api/v1/auth/token", EndpointClass.SIGN_IN),
        ("POST", "/admin/login/", EndpointClass.SIGN_IN),
        ("POST", "/account/confirm/", EndpointClass.SIGN_IN),
        ("POST", "/account/sessions/", EndpointClass.PAGE),
        ("POST", "/upload/", EndpointClass.UPLOAD),
        ("GET", "/upload/", EndpointClass.PAGE),
        ("POST", "/api/v1/flight-logs/", EndpointClass.UPLOAD),
        ("GET", "/api/v1/flight-logs/", EndpointClass.API_READ),
        ("POST", "/api/v1/flight-logs/17/retry/", EndpointClass.API_WRITE),
        ("GET", "/api/v1/flights/17/telemetry/", EndpointClass.TELEMETRY),
        ("POST", "/api/v1/telemetry/", EndpointClass.TELEMETRY),
        ("HEAD", "/api/v1/flights/", EndpointClass.API_READ),
        ("DELETE", "/api/v1/aircraft/17/", EndpointClass.API_WRITE),
        ("GET", "/api/health", None),
        ("GET", "/api/health/ready", None),
        ("GET", "/api/healthy", EndpointClass.API_READ),
    ],
)
def test_class_follows_from_method_and_path(
    alpha: Cast, rf: RequestFactory, method: str, path: str, expected: EndpointClass | None
) -> None:
    request = rf.generic(method, path)
    request.user = alpha.members[Role.MANAGER].user
    assert class_of(request) is expected


def test_refreshing_a_token_is_no_guess(rf: RequestFactory) -> None:
    request = rf.post("/api/v1/auth/token/refresh")
    request.user = AnonymousUser()
    assert class_of(request) is EndpointClass.ANONYMOUS


def test_settings_name_every_class(settings: Any) -> None:
    assert set(settings.RATE_LIMITS) == set(EndpointClass)


def test_documented_limits_are_those_of_the_settings(settings: Any) -> None:
    text = (settings.ROOT / "docs" / "security.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", text, re.MULTILINE)
    documented = {name: Policy(int(per_minute), int(burst)) for name, per_minute, burst in rows}
    assert documented == settings.RATE_LIMITS
