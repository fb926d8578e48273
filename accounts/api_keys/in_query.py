"""A key in an address is refused before anything can write the address down.

Addresses end up in logs, histories and other sites' referrers. So does what was cut off or
mistyped: whatever looks like a key is refused, and so is every parameter named like one.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts.api_keys.format import LOOKS_LIKE_A_KEY, PREFIX
from aviation.common.problems import problem_json, wants_json

NAMES = frozenset({"api_key", "apikey", "api-key", "x-api-key", "access_token"})
TITLE = "A key or token does not belong into an address."
DETAIL = "Send it in the X-API-Key or Authorization header, and revoke the one that was sent here."


class KeyInQueryMiddleware:
    """Comes first of all middleware, the request log included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _holds_a_key(request):
            return self.get_response(request)
        response = _refusal(request)
        # Django would log the path of an answer from 400 on; a key may stand in it.
        response._has_been_logged = True  # type: ignore[attr-defined]
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _holds_a_key(request: HttpRequest) -> bool:
    query: str = request.META.get("QUERY_STRING", "")
    if not query and PREFIX not in request.path_info:
        return False
    # Once more than needed: who encodes twice by mistake leaks all the same.
    readable = unquote_plus(unquote_plus(query))
    if LOOKS_LIKE_A_KEY.search(readable) or LOOKS_LIKE_A_KEY.search(request.path_info):
        return True
    named = (part.partition("=") for part in unquote_plus(query).split("&"))
    return any(name.strip().lower() in NAMES and value for name, _, value in named)


def _refusal(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return problem_json(400, "key_in_address", TITLE, DETAIL)
    return render(request, "accounts/api_keys/in_address.html", status=400)
