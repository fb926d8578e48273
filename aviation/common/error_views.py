"""Refusals from outside any view: a page for people, a problem document for programs."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views import defaults

from aviation.common.problems import problem_json, wants_json


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if wants_json(request):
        return problem_json(404, "not_found", "There is no such address.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The answer to an error of ours; 503 when it is the database that does not answer."""
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if wants_json(request):
        if is_away:
            return problem_json(503, "unavailable", "The database does not answer just now.")
        return problem_json(500, "internal", "Something went wrong on our side.")
    response = defaults.server_error(request)
    response.status_code = 503 if is_away else 500
    return response
