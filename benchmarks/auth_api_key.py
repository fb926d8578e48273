"""What a request pays for being let in: proving its API key and counting it against the limits."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.report import Report, alternate

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NAMES = ("auth.api_key",)
REQUESTS = 200
ROUNDS = 5
MOST_MS = 0.5
PLENTY = 1_000_000


def run(report: Report) -> None:
    ask = _program()
    key_and_limit_s, key_alone_s = alternate(
        _repeatedly(ask, is_limited=True), _repeatedly(ask, is_limited=False), rounds=ROUNDS
    )
    queries = _queries_while_hot(ask)
    value_ms, alone_ms = key_and_limit_s / REQUESTS * 1_000, key_alone_s / REQUESTS * 1_000
    report.add(
        name="auth.api_key",
        value=value_ms,
        unit="ms",
        against=f"{alone_ms:.3f} ms of it for the key; {queries} queries in {REQUESTS} requests",
        ratio=None,
        goal=f"under {MOST_MS} ms and no query while the key is in use",
        holds=value_ms < MOST_MS and queries == 0,
    )


def _repeatedly(ask: Callable[[bool], None], *, is_limited: bool) -> Callable[[], None]:
    def work() -> None:
        for _ in range(REQUESTS):
            ask(is_limited)

    return work


def _program() -> Callable[[bool], None]:
    """One request as the middleware treats it, its view left out."""
    from django.test import RequestFactory

    from accounts.credentials import identify
    from accounts.limits.middleware import RateLimitMiddleware

    limited = RateLimitMiddleware(_answer)
    key, factory = _key(), RequestFactory()

    def ask(is_limited: bool) -> None:
        request = factory.get("/api/v1/aircraft/", headers={"X-API-Key": key})
        caller = identify(request)
        assert caller is not None
        request.caller, request.user = caller, caller.membership.user  # type: ignore[attr-defined]
        request.membership = caller.membership  # type: ignore[attr-defined]
        request.organization = caller.membership.organization  # type: ignore[attr-defined]
        response = limited(request) if is_limited else _answer(request)
        assert response.status_code == 200

    return ask


def _answer(request: HttpRequest) -> HttpResponse:
    from django.http import HttpResponse

    return HttpResponse(request.method)


def _key() -> str:
    from django.db import transaction

    from accounts.api_keys.services import create_api_key
    from aviation.tenants.context import tenant_context
    from aviation.tenants.models import Organization
    from benchmarks import world

    organization = world.organization()
    with tenant_context(organization), transaction.atomic():
        plenty = {"api_rate_limit_per_minute": PLENTY}
        Organization.objects.filter(pk=organization.pk).update(**plenty)
        _, text = create_api_key(
            owner=world.manager(),
            name=f"Bench {time.time_ns()}",
            scopes=["read"],
            rate_limit_per_minute=PLENTY,
            actor=None,
        )
    return text


def _queries_while_hot(ask: Callable[[bool], None]) -> int:
    """Counted from right after the key was read: it is read anew every three seconds."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from accounts.api_keys.facts import REMEMBERED_S

    time.sleep(REMEMBERED_S)
    ask(True)
    with CaptureQueriesContext(connection) as captured:
        for _ in range(REQUESTS):
            ask(True)
    return len(captured)
