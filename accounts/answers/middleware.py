"""The short way for programs: a read that is known is answered before the rest is gone through.

What must never happen: an answer without the caller having been identified, its role and scopes
asked, and the request counted. All three are done here by the same code as further in, which finds
them done: nothing is asked or counted twice, and every refusal is made where it always was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from accounts.answers.packing import NotKept, pack, unpack
from accounts.answers.reads import KEPT_OUTSIDE, READS, CachedReads, wanted_answer
from accounts.callers import Caller, CredentialRefused
from accounts.credentials import identify
from accounts.limits.headers import tell_limits
from accounts.limits.middleware import count_ahead
from accounts.limits.policies import EndpointClass
from accounts.origins import origin_of
from aviation.caching.entries import Wanted
from aviation.caching.reading import answer
from aviation.common.errors import Unavailable
from aviation.tenants.context import coming_from

_PATH = re.compile(r"(?:/o/(?P<slug>[a-z0-9-]{1,40}))?(?P<rest>/api/v1/.+)")


class ProgramReadsMiddleware:
    """Stands right inside the request log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        match = _PATH.fullmatch(request.path_info)
        if match is None or request.method not in READS or _has_body(request):
            return self.get_response(request)
        view = _read_view(match["rest"])
        wanted = None if view is None else _wanted(request, view, match["slug"])
        if wanted is None:
            return self.get_response(request)
        return self._known(request, wanted)

    def _known(self, request: HttpRequest, wanted: Wanted) -> HttpResponseBase:
        try:
            buckets, decision = count_ahead(request, EndpointClass.API_READ)
        except Unavailable:
            return self.get_response(request)
        if not decision.is_allowed:
            return self.get_response(request)
        try:
            packed = answer(wanted, lambda: pack(self.get_response(request))).body
        except NotKept as other:
            return other.response
        return tell_limits(unpack(request, packed), buckets, decision)


def _wanted(request: HttpRequest, view: type[CachedReads], slug: str | None) -> Wanted | None:
    """What the caller asks for, of its own organization; None leaves it to what is further in."""
    with coming_from(origin_of(request)):
        try:
            caller = identify(request)
            if caller is None or not _is_for(caller, slug):
                return None
            _name(request, caller)
            return wanted_answer(request, view)
        except (CredentialRefused, DisallowedHost):
            return None


def _name(request: HttpRequest, caller: Caller) -> None:
    """What OrganizationMiddleware will say, too; the limits and the permission ask for it."""
    request.caller = caller  # type: ignore[attr-defined]
    request.user = caller.membership.user
    request.membership = caller.membership  # type: ignore[attr-defined]
    request.organization = caller.membership.organization  # type: ignore[attr-defined]
    setattr(request, KEPT_OUTSIDE, True)


def _is_for(caller: Caller, slug: str | None) -> bool:
    """An organization's own address is for its own keys and tokens."""
    return slug is None or slug == caller.membership.organization.slug


def _has_body(request: HttpRequest) -> bool:
    return request.META.get("CONTENT_LENGTH") not in (None, "", "0")


@lru_cache(maxsize=2_048)
def _read_view(path: str) -> type[CachedReads] | None:
    """The viewset that answers reads of this path, if it is one whose answers are kept."""
    try:
        view = resolve(path, settings.ROOT_URLCONF).func
    except Resolver404:
        return None
    found = getattr(view, "cls", None)
    is_kept = isinstance(found, type) and issubclass(found, CachedReads)
    return found if is_kept and "get" in view.actions else None  # type: ignore[attr-defined]
