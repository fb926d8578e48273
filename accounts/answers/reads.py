"""Which reads are answered from memory, what such an answer depends on, and the view's own lane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.viewsets import ViewSetMixin

from accounts.answers.packing import NotKept, pack, unpack
from accounts.models import Membership
from accounts.rest import is_declared_for
from accounts.roles import SEES_OWN_FLIGHTS_ONLY
from aviation.caching.entries import Wanted
from aviation.caching.policies import policy_of
from aviation.caching.reading import answer, want_for

View = Callable[..., HttpResponseBase]

READS = frozenset({"GET", "HEAD"})
KEPT_OUTSIDE = "is_kept_outside"
"""Set on a request whose answer, headers and all, is kept by the middleware."""
JSON_WANTED = frozenset({"", "*/*", "application/*", "application/json"})
LONGEST_QUERY = 500
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


def wanted_answer(request: HttpRequest, cls: type[CachedReads]) -> Wanted | None:
    """None for a request that DRF must judge, and where nothing may come from memory."""
    membership: Membership | None = getattr(request, "membership", None)
    query = request.META.get("QUERY_STRING", "")
    if membership is None or len(query) > LONGEST_QUERY or not is_declared_for(request, cls):
        return None
    if not _wants_plain_json(request.META.get("HTTP_ACCEPT", "")):
        return None
    sight, topics = _sight(membership, cls)
    lane = "whole" if hasattr(request, KEPT_OUTSIDE) else "view"
    # Answers hold whole addresses of other pages.
    key = f"{lane}/{request.scheme}://{request.get_host()}{request.path}?{query}"
    organization_id = membership.organization_id
    return want_for(organization_id, cls.cache_policy, key, sight=sight, topics=topics)


def _from_memory(view: View, cls: type[CachedReads]) -> View:
    """The view, asked only for what is not known. It opens the transaction that Django would."""
    asked = transaction.atomic(view)

    @transaction.non_atomic_requests
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in READS:
            return asked(request, *args, **kwargs)
        is_kept_outside = hasattr(request, KEPT_OUTSIDE)
        wanted = None if is_kept_outside else wanted_answer(request, cls)
        try:
            if wanted is None:
                packed = pack(asked(request, *args, **kwargs))
            else:
                packed = answer(wanted, lambda: pack(asked(request, *args, **kwargs))).body
        except NotKept as other:
            return other.response
        return unpack(request, packed, is_whole=is_kept_outside)

    return answered


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
