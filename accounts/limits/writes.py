"""A program's write that is one too many is refused before anything else is done for it.

Who floods is refused most of the time, at the cost of everybody else: so neither a session nor a
person is looked for, and no transaction is begun. A write that may pass is counted no more.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.ahead import PROGRAM_PATH, name_program
from accounts.callers import Caller
from accounts.limits.headers import tell_limits
from accounts.limits.middleware import count_ahead, too_many
from accounts.limits.policies import SAFE, class_of_member
from aviation.common.errors import Unavailable
from aviation.tenants.context import acting_as, tenant_context

SIGNING_IN = "/api/v1/auth/"
"""Signing in is for whoever asks, whatever key they present."""


class ProgramWritesMiddleware:
    """Stands inside what every answer passes: the host, TLS, headers, and a body's size."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        match = None if request.method in SAFE else PROGRAM_PATH.fullmatch(request.path_info)
        if match is None or match["rest"].startswith(SIGNING_IN):
            return self.get_response(request)
        caller = name_program(request, match["slug"])
        refusal = None if caller is None else _refusal(request, caller, match["rest"])
        return refusal or self.get_response(request)


def _refusal(request: HttpRequest, caller: Caller, path: str) -> HttpResponseBase | None:
    """None for what may pass; what cannot be counted is refused where it always was."""
    try:
        buckets, decision = count_ahead(request, class_of_member(path, is_read=False))
    except Unavailable:
        return None
    if decision.is_allowed:
        return None
    # For the lines of the log.
    with acting_as(caller.membership.user_id), tenant_context(caller.membership.organization):
        return tell_limits(too_many(request, buckets, decision), buckets, decision)
