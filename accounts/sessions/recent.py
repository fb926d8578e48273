"""Asking again before a dangerous act: when did whoever sits at this browser last prove it?"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

from aviation.common.problems import problem_json, wants_json

View = Callable[..., HttpResponseBase]

PROVED_AT = "proved_at"
CONFIRM_PATH = "/account/confirm/"
"""Written out: inside an organization ``reverse`` would put its prefix in front."""


def note_proof(request: HttpRequest) -> None:
    """The person has just shown who they are; call it after ``login``, which starts anew."""
    request.session[PROVED_AT] = int(time.time())


def has_recent_proof(request: HttpRequest) -> bool:
    age_s = time.time() - float(request.session.get(PROVED_AT, 0))
    return 0 <= age_s <= int(settings.PROOF_LIFETIME_S)


def requires_recent_proof(view: View) -> View:
    """Let the view run only shortly after a proof; else lead to the page that asks for one.

    A form's content is not kept over it: the way back leads to the page the form was on.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if has_recent_proof(request):
            return view(request, *args, **kwargs)
        return ask_for_proof(request)

    return guarded


def ask_for_proof(request: HttpRequest) -> HttpResponseBase:
    """The way to the page that asks for the password, and back."""
    if wants_json(request):
        return problem_json(403, "proof_needed", "Confirm on the site that it is you, then retry.")
    target = f"{CONFIRM_PATH}?{urlencode({'next': _way_back(request)})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _way_back(request: HttpRequest) -> str:
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    referrer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referrer, {request.get_host()}):
        parts = urlsplit(referrer)
        return parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    return "/"
