"""Refusals from outside any view: a page for people, a problem document for programs."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import get_template
from django.views import defaults

from aviation.common.problems import problem_json, wants_json

RETRY_AFTER_S = 10


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if wants_json(request):
        return problem_json(404, "not_found", "There is no such address.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The answer to an error of ours; 503 when it is the database that does not answer."""
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if wants_json(request):
        if is_away:
            return _unavailable_to_programs()
        return problem_json(500, "internal", "Something went wrong on our side.")
    if is_away:
        return _unavailable()
    return defaults.server_error(request)


def _unavailable_to_programs() -> HttpResponse:
    response = problem_json(503, "unavailable", "The database does not answer just now.")
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _unavailable() -> HttpResponse:
    """Drawn without the request: who asks is known to the database alone."""
    page = get_template("503.html").render()
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
