"""A22: every route that changes something refuses keys that may not, and says so in the trail."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts import security_events
from accounts.choices import Role
from accounts.roles import Resource
from aviation.audit.events import record_attempt
from tests.accounts.keys import made, present
from tests.conftest import Cast

SIGN_IN = "auth/"
"""Signing in by API: acts for whoever proves a password or refresh token, never for a key."""


@dataclass(frozen=True)
class Mutation:
    path: str
    method: str
    resource: str


def mutations() -> list[Mutation]:
    """Every route of the API with every method that is not for reading."""
    found = set(_walk(get_resolver("config.api").url_patterns, ""))
    return sorted(found, key=lambda each: (each.path, each.method))


def _walk(patterns: list[Any], prefix: str) -> Iterator[Mutation]:
    for pattern in patterns:
        route = prefix + _filled(pattern)
        if route.startswith(SIGN_IN):
            continue
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield from _of_view(pattern, route)


def _of_view(pattern: URLPattern, route: str) -> Iterator[Mutation]:
    view = getattr(pattern.callback, "cls", None)
    resource = str(getattr(view, "resource", ""))
    offered = getattr(pattern.callback, "actions", None) or {
        name: name for name in ("post", "put", "patch", "delete") if hasattr(view, name)
    }
    for method in offered:
        if method in {"post", "put", "patch", "delete"}:
            yield Mutation(f"/api/v1/{route}", method, resource)


def _filled(pattern: Any) -> str:
    route = str(pattern.pattern)
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower()
        kind = "str" if kind == "string" else kind
        route = route.replace(f"<{kind}:{name}>", str(uuid.uuid4())).replace(f"<{name}>", "x")
    return route


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Names and reasons of the attempts that are recorded."""
    recorded: list[tuple[str, str]] = []

    def note(action: str, *, reason: str = "", **more: Any) -> bool:
        recorded.append((action, reason))
        return record_attempt(action, reason=reason, **more)

    monkeypatch.setattr(security_events, "record_attempt", note)
    return recorded


def _unrelated(resource: str) -> str:
    other = Resource.AUDIT if resource != Resource.AUDIT else Resource.MEMBER
    return f"{other}:read"


@pytest.mark.parametrize("kind", ["read", "unrelated"])
def test_every_mutation_refuses_a_key_that_may_not(
    in_alpha: Cast, attempts: list[tuple[str, str]], kind: str
) -> None:
    """A22: the owner is an administrator, so that nothing but the scope stands in the way."""
    walked = mutations()
    assert len(walked) >= 8
    assert {each.resource for each in walked} >= {"aircraft", "flight", "flight_log"}
    for each in walked:
        scope = "read" if kind == "read" else _unrelated(each.resource)
        _, text = made(in_alpha, Role.ADMIN, scope, name=str(uuid.uuid4()))
        before = len(attempts)
        answer = present(text).generic(
            each.method.upper(), each.path, b"{}", content_type="application/json"
        )
        assert (each, answer.status_code) == (each, 403)
        expected = ("access.refused", f"{each.method.upper()} {each.path}")
        assert attempts[before:] == [expected]


def test_every_mutation_is_open_to_a_key_that_may(in_alpha: Cast) -> None:
    """So that the refusals above are for the scope: with ``admin`` none of them is a 403."""
    _, text = made(in_alpha, Role.ADMIN, "admin")
    answers = {
        each: present(text)
        .generic(each.method.upper(), each.path, b"{}", content_type="application/json")
        .status_code
        for each in mutations()
    }
    assert [each for each, status in answers.items() if status in {401, 403} or status >= 500] == []


def test_refusal_names_the_key_in_the_audit_trail(fresh_organization: Cast) -> None:
    """A22: readable afterwards by whoever may see the trail."""
    from django.db import transaction

    from aviation.audit.models import AuditEvent
    from aviation.tenants.context import tenant_context

    with tenant_context(fresh_organization.organization), transaction.atomic():
        key, text = made(fresh_organization, Role.ADMIN, "read")
    assert present(text).post("/api/v1/aircraft/", {}, "application/json").status_code == 403
    with tenant_context(fresh_organization.organization), transaction.atomic():
        event = AuditEvent.objects.get(action="access.refused")
    assert event.actor_name == f"API key {key.key_id}"
    assert event.reason == "POST /api/v1/aircraft/"
