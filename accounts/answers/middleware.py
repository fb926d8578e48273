"""The short way for programs: a read that is known is answered before the rest is gone through.

What must never happen: an answer without the caller having been identified, its role and scopes
asked, and the request counted. All three are done here by the same code as further in, which finds
them done: nothing is asked or counted twice, and every refusal is made where it always was.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from accounts.ahead import PROGRAM_PATH, name_program
from accounts.answers.packing import NotKept, pack, unpack
from accounts.answers.reads import KEPT_OUTSIDE, READS, CachedReads, wanted_answer
from accounts.limits.headers import tell_limits
from accounts.limits.middleware import count_ahead
from accounts.limits.policies import EndpointClass
from aviation.caching.entries import Wanted
from aviation.caching.reading import answer
from aviation.common.errors import Unavailable


class ProgramReadsMiddleware:
    """Stands right inside the request log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        match = PROGRAM_PATH.fullmatch(request.path_info)
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
    if name_program(request, slug) is None:
        return None
    setattr(request, KEPT_OUTSIDE, True)
    try:
        return wanted_answer(request, view)
    except DisallowedHost:
        return None


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
