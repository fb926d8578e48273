"""Counts each request before any view is found for it, and refuses the one too many.

It stands inside OrganizationMiddleware, which has found out who asks; it reads no table.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.limits.buckets import buckets_of
from accounts.limits.headers import retry_after_s, tell_limits, violated
from accounts.limits.policies import EndpointClass, class_of, policy_of
from accounts.limits.refusals import refusal
from aviation.common.errors import Unavailable
from aviation.common.gcra.limiter import Limiter
from aviation.common.gcra.rules import Bucket, Decision
from aviation.common.problems import wants_json

Counted = tuple[list[Bucket], Decision]

COUNTED_AHEAD = "_counted_ahead"
"""Where a request keeps what was spent for it already."""

log = structlog.get_logger("dbx.limits")


class RateLimitMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        endpoint_class = class_of(request)
        if endpoint_class is None:
            return self.get_response(request)
        return limited(request, endpoint_class, self.get_response)


def limited(
    request: HttpRequest,
    endpoint_class: EndpointClass,
    answer: Callable[[HttpRequest], HttpResponseBase],
) -> HttpResponseBase:
    """What ``answer`` answers, or the refusal; programs are told where they stand."""
    try:
        buckets, decision = _counted(request, endpoint_class)
    except Unavailable as error:
        return _uncountable(request, error)
    is_api = wants_json(request)
    response = answer(request) if decision.is_allowed else too_many(request, buckets, decision)
    return tell_limits(response, buckets, decision) if is_api else response


def count_ahead(request: HttpRequest, endpoint_class: EndpointClass) -> Counted:
    """Count the request before ``limited`` does, which then counts it no more.

    Raises Unavailable.
    """
    counted = _count(request, endpoint_class)
    setattr(request, COUNTED_AHEAD, (endpoint_class, counted))
    return counted


def _counted(request: HttpRequest, endpoint_class: EndpointClass) -> Counted:
    ahead_as, counted = request.__dict__.pop(COUNTED_AHEAD, (None, None))
    return counted if ahead_as == endpoint_class else _count(request, endpoint_class)


def _count(request: HttpRequest, endpoint_class: EndpointClass) -> Counted:
    buckets = buckets_of(request, endpoint_class)
    is_strict = policy_of(endpoint_class).refuses_without_redis
    return buckets, limiter().spend(buckets, refuses_without_redis=is_strict)


def limiter() -> Limiter:
    """This process's limiter for the Redis of the settings."""
    return _limiter(settings.REDIS_URL, settings.RATE_LIMIT_PREFIX)


@cache
def _limiter(url: str, prefix: str) -> Limiter:
    return Limiter(url, prefix)


def too_many(request: HttpRequest, buckets: list[Bucket], decision: Decision) -> HttpResponseBase:
    """The refusal of what was counted and found one too many."""
    reached = violated(buckets, decision)
    log.info("rate limit reached", limits=reached)
    response = refusal(
        request,
        status=429,
        code="too_many_requests",
        title="Too many requests.",
        retry_after_s=retry_after_s(decision),
        **{"violated-policies": reached},
    )
    # Django would log it once more, as a warning; in a flood each line costs others something.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _uncountable(request: HttpRequest, error: Unavailable) -> HttpResponseBase:
    return refusal(
        request,
        status=error.status,
        code=error.code,
        title=error.message,
        retry_after_s=error.retry_after_s or 1,
    )
