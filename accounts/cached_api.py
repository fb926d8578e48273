"""API reads that are answered from memory, as ready bytes with an entity tag.

Who asks, what they may and how often is decided for every request, before this is reached; what is
left out on a hit is DRF's machinery and the queries. Answers are kept apart by organization, by
sight, and by everything in the request that the answer may depend on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.viewsets import ViewSetMixin

from accounts.models import Membership
from accounts.rest import is_declared_for
from accounts.roles import SEES_OWN_FLIGHTS_ONLY
from aviation.caching.entries import Wanted
from aviation.caching.policies import policy_of
from aviation.caching.reading import answer, want

View = Callable[..., HttpResponseBase]

READS = frozenset({"GET", "HEAD"})
JSON_WANTED = frozenset({"", "*/*", "application/*", "application/json"})
LONGEST_QUERY = 500
KEPT_HEADERS = ("Content-Type", "Vary", "Allow")
OWN_FLIGHTS_TOPICS = ("flight_logs",)
"""What decides, beside the flights themselves, which of them a pilot sees as their own."""


class CachedReads(ViewSetMixin):
    """Put it first among a viewset's bases: ``list`` and ``retrieve`` answer from memory."""

    cache_policy: ClassVar[str]
    is_same_for_all: ClassVar[bool] = False
    """Whether every member who may ask at all is shown the same."""

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        view = super().as_view(actions, **initkwargs)
        return _from_memory(view, cls) if "get" in (actions or {}) else view


class _NotKept(Exception):
    """The view answered something that is this caller's alone, such as a refusal."""

    def __init__(self, response: HttpResponseBase) -> None:
        self.response = response


def _from_memory(view: View, cls: type[CachedReads]) -> View:
    """The view, asked only for what is not known. It opens the transaction that Django would."""
    asked = transaction.atomic(view)

    @transaction.non_atomic_requests
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in READS:
            return asked(request, *args, **kwargs)
        wanted = _wanted(request, cls)
        try:
            if wanted is None:
                packed = _packed(asked(request, *args, **kwargs))
            else:
                packed = answer(wanted, lambda: _packed(asked(request, *args, **kwargs))).body
        except _NotKept as other:
            return other.response
        return _unpacked(request, packed)

    return answered


def _wanted(request: HttpRequest, cls: type[CachedReads]) -> Wanted | None:
    """None for a request that DRF must judge, and where nothing may come from memory."""
    membership: Membership | None = getattr(request, "membership", None)
    query = request.META.get("QUERY_STRING", "")
    if membership is None or len(query) > LONGEST_QUERY or not is_declared_for(request, cls):
        return None
    if not _wants_plain_json(request.META.get("HTTP_ACCEPT", "")):
        return None
    sight, topics = _sight(membership, cls)
    # Answers hold whole addresses of other pages.
    key = f"{request.scheme}://{request.get_host()}{request.path}?{query}"
    return want(cls.cache_policy, key, sight=sight, topics=topics)


def _sight(membership: Membership, cls: type[CachedReads]) -> tuple[str, Sequence[str] | None]:
    """Who shares the answer, and what it is made from where that is more than the policy's own."""
    if cls.is_same_for_all or membership.role not in SEES_OWN_FLIGHTS_ONLY:
        return "", None
    own = f"member:{membership.pk}"
    return own, (*policy_of(cls.cache_policy).topics, *OWN_FLIGHTS_TOPICS)


def _wants_plain_json(accept: str) -> bool:
    """Whether JSON without any parameter is among what is asked for; only ``q`` is looked over."""
    if accept in JSON_WANTED:
        return True
    ranges = (each.partition(";q=")[0].strip() for each in accept.split(","))
    return any(each in JSON_WANTED for each in ranges if each) and "indent" not in accept


def _packed(response: HttpResponseBase) -> bytes:
    """Its headers, its entity tag and its content. Raises _NotKept for all but a plain success."""
    if response.status_code != HTTPStatus.OK or response.streaming or response.cookies:
        raise _NotKept(response)
    if hasattr(response, "render"):
        response.render()
    content: bytes = response.content  # type: ignore[attr-defined]
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = [response.headers.get(name, "") for name in KEPT_HEADERS]
    return "\n".join([tag, *headers, ""]).encode("latin-1") + content


def _unpacked(request: HttpRequest, packed: bytes) -> HttpResponseBase:
    """The answer, or 304 for who has it already."""
    tag, *headers, content = packed.split(b"\n", 1 + len(KEPT_HEADERS))
    response = HttpResponse(content)
    for name, value in zip(KEPT_HEADERS, headers, strict=True):
        response.headers[name] = value.decode("latin-1")
    response.headers["ETag"] = tag.decode()
    response.headers["Cache-Control"] = "private, no-cache"
    found = get_conditional_response(request, etag=tag.decode(), response=response)
    return response if found is None else found
